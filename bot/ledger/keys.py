"""The key that signs checkpoints: one small file beside the database, made once, never in exports, logs or backups."""

from __future__ import annotations

import os
import tempfile
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from bot.ledger.model import LedgerError

ED25519 = b"\x01"
"""The algorithm's byte in C2SP signed-note keys."""


class SigningKey:
    """An Ed25519 key that shows nothing of itself but its public half."""

    __slots__ = ("_private",)

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    def sign(self, text: bytes) -> bytes:
        """Return the signature of a text."""
        return self._private.sign(text)

    def identifier(self, name: str) -> bytes:
        """Return the four bytes by which a signature says whose it is (C2SP signed-note)."""
        return sha256(name.encode() + b"\n" + self._public()).digest()[:4]

    def verifier(self, name: str) -> str:
        """Return the public key as everybody may have it, `NAME+IDENTIFIER+KEY` (C2SP signed-note's vkey)."""
        from base64 import b64encode

        return f"{name}+{self.identifier(name).hex()}+{b64encode(self._public()).decode()}"

    def _public(self) -> bytes:
        return ED25519 + self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def read_key(path: Path) -> SigningKey | None:
    """Return the key in a file, None without the file.

    Raises:
        LedgerError: the file holds no such key.
    """
    try:
        pem = path.read_bytes()
    except FileNotFoundError:
        return None
    path.chmod(0o600)  # it may have come back from a copy that anybody could read
    try:
        private = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise LedgerError(f"{path} 不是签名钥匙，请放回您另存的那一份") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise LedgerError(f"{path} 不是签名钥匙，请放回您另存的那一份")
    return SigningKey(private)


def read_or_make_key(path: Path) -> SigningKey:
    """Return the key in a file, made at the first call; two processes that make it at once get the same one.

    Raises:
        LedgerError: the file holds no such key, or none can be written there.
    """
    if key := read_key(path):
        return key
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        _write_once(path, pem)
    except OSError as error:
        raise LedgerError(f"写不了 {path}：{error.strerror or error}") from error
    key = read_key(path)
    assert key is not None
    return key


def prepare_key(path: Path) -> SigningKey:
    """Write a new key beside the one in a file, and return it; it is taken by `take_prepared`.

    Raises:
        LedgerError: none can be written there.
    """
    fresh = _prepared(path)
    try:
        fresh.unlink(missing_ok=True)  # one that was never taken
    except OSError as error:
        raise LedgerError(f"写不了 {fresh}：{error.strerror or error}") from error
    return read_or_make_key(fresh)


def prepared_key(path: Path) -> SigningKey | None:
    """Return the key that was prepared and not taken; None without one."""
    return read_key(_prepared(path))


def take_prepared(path: Path) -> None:
    """Put the prepared key in the place of the one in a file, which is gone then."""
    _prepared(path).replace(path)


def _prepared(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _write_once(path: Path, content: bytes) -> None:
    """Write a file that its owner alone can read, unless it is there already; never half of it."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        fresh.chmod(0o600)
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            return  # another process was first
    finally:
        fresh.unlink()
