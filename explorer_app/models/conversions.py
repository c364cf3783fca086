"""The conversions that a variant may name; each writes the model's files from its material."""

from __future__ import annotations

from pathlib import Path


def convert(name: str, source: Path, target: Path) -> None:
    """Run the conversion `name` on `source` and write into the folder `target`.

    Raises:
        ValueError: If `source` is not what the conversion reads.
    """
    # imported here, so that a list of models does not load the libraries of a conversion
    if name == "e5":
        from explorer_app.models.e5_conversion import convert_e5

        convert_e5(source, target)
    elif name == "campplus":
        from explorer_app.models.campplus_conversion import convert_campplus

        convert_campplus(source, target)
    else:
        raise ValueError(name)
