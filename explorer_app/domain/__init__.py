"""The words of the project as frozen dataclasses, ids and errors."""
