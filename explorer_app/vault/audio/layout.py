"""Bytes of an audio file: two copies of the header, then one record a second.

::

    0        header copy 1, padded to 4096 bytes
    4096     header copy 2, the same bytes
    8192     record 0 | record 1 | … | end record (only after stop)

    header   magic (8) | version u16 | length of id u8 | id | sample rate u32 | length of box u16 |
             box: recording key sealed to the vault | HMAC-SHA256 (32) | CRC-32 of all before (4)
    record   marker (4) | tag of the recording (4) | seq u32 | length u32 |
             nonce (12) | AES-256-GCM(FLAC of the second) and tag; `length` counts nonce to tag

Numbers are big-endian. The whole layout is described in ``docs/en/file-format.md``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import struct
import zlib
from dataclasses import dataclass

from explorer_app.domain.errors import InputRejectedError, TooNewError
from explorer_app.vault.sealing import (
    NONCE_BYTES,
    TAG_BYTES,
    AesGcm,
    NotAuthenticError,
    PrivateKey,
    PublicKey,
    SecretKey,
    seal,
    unseal,
)

MAGIC = b"EXPAUD\r\n"
VERSION = 1
HEADER_BLOCK = 4096
"""Size of one header copy; a copy a disk sector, so that one bad sector takes only one of them."""
RECORDS_START = 2 * HEADER_BLOCK
MARKER = b"\xf7Xs\x1a"
END_SEQ = 0xFFFFFFFF
"""Sequence number of the end record."""
MIN_RATE, MAX_RATE = 1_000, 65_535
"""FLAC states other rates than these only in part."""

_HEAD = struct.Struct(">4s4sII")
HEAD_BYTES = _HEAD.size
MIN_BODY = NONCE_BYTES + TAG_BYTES
MAX_BODY = MIN_BODY + 2 * MAX_RATE + 16_384
"""Longest body of a record; FLAC of noise is a little longer than the samples."""
_END = struct.Struct(">IQ32s")
_ID = re.compile(r"[0-9a-z]{1,64}")
_MAC_BYTES = 32


@dataclass(frozen=True, slots=True)
class Header:
    """A header as read. `raw` are its bytes without padding."""

    recording_id: str
    sample_rate: int
    box: bytes
    mac: bytes
    raw: bytes

    @property
    def sha256(self) -> str:
        """SHA-256 of the header, in hexadecimal: names this file among all versions of a recording."""
        return hashlib.sha256(self.raw).hexdigest()

    def unseal_key(self, private_key: PrivateKey) -> SecretKey:
        """Return the recording key.

        Raises:
            NotAuthenticError: Other vault, or changed bytes.
        """
        key = SecretKey(unseal(private_key, self.box, _box_context(self.recording_id, self.sample_rate)))
        self.check(key)
        return key

    def check(self, key: SecretKey) -> None:
        """Authenticate the header with the recording key.

        Raises:
            NotAuthenticError: Other key, or changed bytes.
        """
        signed = self.raw[: -_MAC_BYTES - 4]
        if not hmac.compare_digest(self.mac, _mac(key, self.recording_id, signed)):
            raise NotAuthenticError


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a record: which second, and how many bytes follow."""

    tag: bytes
    seq: int
    length: int


@dataclass(frozen=True, slots=True)
class End:
    """The end record: what was recorded when it was stopped."""

    seconds: int
    samples: int
    chain: bytes


def check_id(recording_id: str) -> str:
    """Return `recording_id` if it may name a file.

    Raises:
        InputRejectedError: Anything but 1 to 64 small letters and digits.
    """
    if not _ID.fullmatch(recording_id):
        raise InputRejectedError("audio.bad_id")
    return recording_id


def check_rate(sample_rate: int) -> int:
    """Return `sample_rate` (Hz) if a recording may have it.

    Raises:
        InputRejectedError: Out of 1,000 to 65,535 Hz.
    """
    if not MIN_RATE <= sample_rate <= MAX_RATE:
        raise InputRejectedError("audio.bad_rate", rate=sample_rate)
    return sample_rate


def make_header(recording_id: str, sample_rate: int, public_key: PublicKey, key: SecretKey) -> bytes:
    """Return the header bytes of a new file, without padding."""
    name = check_id(recording_id).encode("ascii")
    box = seal(public_key, key.material, _box_context(recording_id, check_rate(sample_rate)))
    start = struct.pack(">8sHB", MAGIC, VERSION, len(name)) + name
    signed = start + struct.pack(">IH", sample_rate, len(box)) + box
    body = signed + _mac(key, recording_id, signed)
    return body + struct.pack(">I", zlib.crc32(body))


def parse_header(block: bytes) -> Header | None:
    """Return the header in one block, None if it is damaged.

    Raises:
        TooNewError: An undamaged header of a later version of the app.
    """
    try:
        magic, version, id_length = struct.unpack_from(">8sHB", block)
        if magic != MAGIC:
            return None
        if version != VERSION:
            _refuse_newer(block, version)
            return None
        at = 11
        name = block[at : at + id_length]
        at += id_length
        rate, box_length = struct.unpack_from(">IH", block, at)
        at += 6
        box = block[at : at + box_length]
        at += box_length
        mac = block[at : at + _MAC_BYTES]
        at += _MAC_BYTES
        (crc,) = struct.unpack_from(">I", block, at)
    except struct.error:
        return None
    if crc != zlib.crc32(block[:at]):
        return None
    return Header(name.decode("ascii"), rate, box, mac, block[: at + 4])


def _refuse_newer(block: bytes, version: int) -> None:
    """Tell a later version from a flipped bit: every version ends its block with a CRC-32 of it."""
    (crc,) = struct.unpack_from(">I", block, HEADER_BLOCK - 4)
    if version > VERSION and crc == zlib.crc32(block[: HEADER_BLOCK - 4]):
        raise TooNewError("audio.too_new", version=version)


def header_block(raw: bytes) -> bytes:
    """Return one padded header copy; its last four bytes are the CRC-32 of the block before."""
    padded = raw.ljust(HEADER_BLOCK - 4, b"\x00")
    return padded + struct.pack(">I", zlib.crc32(padded))


def recording_tag(recording_id: str) -> bytes:
    """Return the four bytes that tell this recording's records from foreign ones."""
    return hashlib.sha256(b"explorer audio tag 1\x00" + recording_id.encode()).digest()[:4]


def parse_head(data: bytes, at: int = 0) -> Head | None:
    """Return the record head at `at`, None where there is none."""
    if len(data) - at < HEAD_BYTES:
        return None
    marker, tag, seq, length = _HEAD.unpack_from(data, at)
    if marker != MARKER or not MIN_BODY <= length <= MAX_BODY:
        return None
    return Head(tag, seq, length)


class RecordCipher:
    """Seals and opens the records of one recording.

    Associated data of a record: label, recording id, and its head, so neither its place, its length
    nor its recording can be exchanged.
    """

    def __init__(self, recording_id: str, key: SecretKey) -> None:
        name = recording_id.encode("ascii")
        self.tag = recording_tag(recording_id)
        self._label = b"explorer audio record 1\x00" + bytes([len(name)]) + name
        self._cipher = AesGcm(key.subkey("explorer audio records 1", name))

    def seal(self, seq: int, plaintext: bytes) -> bytes:
        """Return a whole record, head and body."""
        head = _HEAD.pack(MARKER, self.tag, seq, MIN_BODY + len(plaintext))
        return head + self._cipher.encrypt(plaintext, self._label + head)

    def open(self, record: bytes) -> bytes:
        """Return the plaintext of a whole record.

        Raises:
            NotAuthenticError: Other recording, other place, or changed bytes.
        """
        return self._cipher.decrypt(record[HEAD_BYTES:], self._label + record[:HEAD_BYTES])

    def seal_end(self, end: End) -> bytes:
        """Return the end record."""
        return self.seal(END_SEQ, _END.pack(end.seconds, end.samples, end.chain))

    def open_end(self, record: bytes) -> End:
        """Return what the end record says; raises as `open`."""
        return End(*_END.unpack(self.open(record)))


def _box_context(recording_id: str, sample_rate: int) -> bytes:
    return f"explorer audio key 1\x00{recording_id}\x00{sample_rate}".encode()


def _mac(key: SecretKey, recording_id: str, signed: bytes) -> bytes:
    mac_key = key.subkey("explorer audio header 1", recording_id.encode())
    return hmac.digest(mac_key.material, signed, "sha256")
