"""The command line: every use case without a screen."""


def main() -> None:
    """Run the command line."""
