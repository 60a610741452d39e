"""One client a gateway: a second one would silently end the first one's event stream."""

from __future__ import annotations

import fcntl
import hashlib
import os
from pathlib import Path
from typing import IO

from bot.errors import GatewayRefused


class ClientLock:
    """An advisory file lock that the system releases when the process dies.

    Args:
        folder: where lock files are kept; clients that share it exclude each other.
        endpoint: host and port of the gateway.
        token: its token; only a hash of both gets into the file name.
    """

    def __init__(self, folder: Path, endpoint: str, token: str) -> None:
        digest = hashlib.sha256(f"{endpoint}\n{token}".encode()).hexdigest()[:16]
        self._path = folder / f"gateway-{digest}.lock"
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            GatewayRefused: another client holds it; the text names its process.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._open()
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            text = f"another client of this gateway is running (process {holder}), stop it first"
            raise GatewayRefused(text) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def _open(self) -> IO[str]:
        try:
            return self._path.open("r+", encoding="utf-8")
        except FileNotFoundError:
            file = self._path.open("a+", encoding="utf-8")
            self._path.chmod(0o666)  # a bot of another user takes the same lock, whatever this one's umask
            return file

    def release(self) -> None:
        """Give the lock back; without one this does nothing."""
        file, self._file = self._file, None
        if file is not None:
            file.close()
