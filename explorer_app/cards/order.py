"""Places in a list that several people reorder at once.

Each item carries its place as a short text; lists are sorted by it, then by the item's id. Moving an item
rewrites its own place only, so that moves and edits by different people never double or lose an item.
"""

from __future__ import annotations

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LONGEST = 120


def is_place(text: object) -> bool:
    """Return whether `text` is a place this module can put others next to."""
    return (
        isinstance(text, str)
        and 0 < len(text) <= _LONGEST
        and all(char in _DIGITS for char in text)
        and text[-1] != "0"
    )


def between(before: str, after: str | None) -> str:
    """Return a place after `before` ("" = the start) and before `after` (None = the end).

    Raises:
        ValueError: If `before` is not smaller than `after`.
    """
    if after is not None and before >= after:
        raise ValueError("no room between")
    common = 0
    if after is not None:
        while common < len(after) and (before[common : common + 1] or "0") == after[common]:
            common += 1
        if common:
            return after[:common] + between(before[common:], after[common:])
    low = _DIGITS.index(before[0]) if before else 0
    high = _DIGITS.index(after[0]) if after else len(_DIGITS)
    if high - low > 1:
        return _DIGITS[(low + high) // 2]
    if after is not None and len(after) > 1:
        return after[0]
    return _DIGITS[low] + between(before[1:], None)


def spread(count: int) -> list[str]:
    """Return `count` places in order with room between them."""
    step = len(_DIGITS) ** 3 // (count + 1)
    if step < 1:
        raise ValueError("too many")
    places = []
    for number in range(1, count + 1):
        value = number * step
        digits = ""
        for _ in range(3):
            value, digit = divmod(value, len(_DIGITS))
            digits = _DIGITS[digit] + digits
        places.append(digits.rstrip("0"))
    return places
