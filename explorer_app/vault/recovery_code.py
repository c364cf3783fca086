"""The printed recovery code: 27 random characters and one check character.

Crockford's base 32 alphabet leaves out I, L, O and U, so that typical reading errors have one
correct meaning (https://www.crockford.com/base32.html). The check character is a weighted sum
over the field GF(32): with weights that are different powers of a primitive element, each single
wrong character and each swap of two characters changes it.
"""

from __future__ import annotations

import secrets

from explorer_app.domain.errors import InputRejectedError

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OILU", "011V")
_LENGTH = 27
_GROUP = 4
_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1, primitive: 2 generates all 31 non-zero elements


def _times_two(value: int) -> int:
    value <<= 1
    return value ^ _POLYNOMIAL if value & 32 else value


def _check_character(digits: list[int]) -> int:
    # Horner's rule: after the loop the digit at place i has the weight 2^(length - i).
    total = 0
    for digit in digits:
        total = _times_two(total ^ digit)
    return total


def new_recovery_code() -> str:
    """Return a new code with 135 random bits, in groups of four: ``7K2M-…``."""
    digits = [secrets.randbelow(32) for _ in range(_LENGTH)]
    digits.append(_check_character(digits))
    text = "".join(_ALPHABET[digit] for digit in digits)
    return "-".join(text[i : i + _GROUP] for i in range(0, len(text), _GROUP))


def normalise_recovery_code(typed: str) -> str:
    """Return the 28 characters of a typed code without blanks and dashes.

    Raises:
        InputRejectedError: Wrong length, a foreign character, or the check character says that
            something was mistyped.
    """
    text = "".join(c for c in typed.upper() if c.isalnum()).translate(_MISREAD)
    if len(text) != _LENGTH + 1:
        raise InputRejectedError("vault.recovery_code_length", expected=_LENGTH + 1, typed=len(text))
    if any(c not in _ALPHABET for c in text):
        raise InputRejectedError("vault.recovery_code_typo")
    digits = [_ALPHABET.index(c) for c in text]
    if _check_character(digits[:-1]) != digits[-1]:
        raise InputRejectedError("vault.recovery_code_typo")
    return text
