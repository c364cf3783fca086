"""The description of the file format, followed by hand with nothing but public primitives."""

from __future__ import annotations

import hashlib
import hmac
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import soundfile
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from explorer_app.vault.audio import AudioStore
from explorer_app.vault.sealing import PrivateKey


def hkdf(secret: bytes, info: bytes, length: int = 32, salt: bytes | None = None) -> bytes:
    return HKDF(SHA256(), length, salt=salt, info=info).derive(secret)


def test_a_recording_can_be_read_by_the_description_alone(tmp_path: Path) -> None:
    vault = PrivateKey.generate()
    pcm = np.random.default_rng(0).integers(-32768, 32768, 3_500, dtype=np.int16)
    with AudioStore(tmp_path).create("abc", 1_000, vault.public_key()) as writer:
        writer.append(pcm)
        summary = writer.finish()
    data = (tmp_path / "abc.audio").read_bytes()

    assert data[:4096] == data[4096:8192]
    assert struct.unpack(">I", data[4092:4096])[0] == zlib.crc32(data[:4092])
    assert data[:14] == b"EXPAUD\r\n\x00\x01\x03abc"
    rate, length = struct.unpack(">IH", data[14:20])
    box, signed = data[20 : 20 + length], data[: 20 + length]
    mac, crc = data[20 + length : 52 + length], data[52 + length : 56 + length]
    assert struct.unpack(">I", crc)[0] == zlib.crc32(signed + mac)

    label = b"explorer sealed box 1\x00"
    private = X25519PrivateKey.from_private_bytes(vault.material)
    shared = private.exchange(X25519PublicKey.from_public_bytes(box[1:33]))
    derived = hkdf(shared, label, 44, box[1:33] + private.public_key().public_bytes_raw())
    key = AESGCM(derived[:32]).decrypt(derived[32:], box[33:], label + b"explorer audio key 1\x00abc\x001000")
    assert hmac.digest(hkdf(key, b"explorer audio header 1\x00abc"), signed, "sha256") == mac

    cipher, at, chain, heard = AESGCM(hkdf(key, b"explorer audio records 1\x00abc")), 8192, bytes(32), []
    while True:
        marker, tag, seq, length = struct.unpack_from(">4s4sII", data, at)
        assert marker == b"\xf7Xs\x1a"
        assert tag == hashlib.sha256(b"explorer audio tag 1\x00abc").digest()[:4]
        record = data[at : at + 16 + length]
        associated = b"explorer audio record 1\x00\x03abc" + record[:16]
        plain = cipher.decrypt(record[16:28], record[28:], associated)
        at += len(record)
        if seq == 0xFFFFFFFF:
            break
        heard.append(soundfile.read(io.BytesIO(plain), dtype="int16")[0])
        chain = hashlib.sha256(chain + struct.pack(">I", seq) + hashlib.sha256(record).digest()).digest()
    assert at == len(data)
    assert plain == struct.pack(">IQ", 4, 3_500) + chain
    assert summary.chain == chain.hex()
    assert rate == 1_000
    assert np.array_equal(np.concatenate(heard), pcm)
