"""The desktop app (PySide6) on the services of explorer_app."""
