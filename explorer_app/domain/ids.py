"""Identifiers: sortable by time of creation, unique without a server."""

from __future__ import annotations

import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> str:
    """Return a new 26-character identifier (ULID layout, lower case).

    48 bits of Unix milliseconds, then 80 random bits, in Crockford base 32. A clock that jumps
    back only changes the sort order; the random part keeps identifiers unique.
    """
    value = (int(time.time() * 1000) & ((1 << 48) - 1)) << 80 | int.from_bytes(os.urandom(10), "big")
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))
