"""Times in recordings, written for people."""

from __future__ import annotations


def clock_time(seconds: float | None) -> str:
    """Return seconds as ``00:17:40``; an empty text for None."""
    if seconds is None:
        return ""
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def span(start: float | None, end: float | None) -> str:
    """Return a range of seconds as ``00:17:40–00:17:52``."""
    return "–".join(part for part in (clock_time(start), clock_time(end)) if part)
