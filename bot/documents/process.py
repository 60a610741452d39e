"""Reads documents in a process of its own, so that a hostile one can neither fill the memory nor stop the bot."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Self

import bot
from bot.clock import SystemClock
from bot.documents.model import LARGEST_FILE, Converted, DocumentError, Kind, check_text, kind_of
from bot.documents.notebook import read_notebook

_SECONDS = 30.0  # for one document
_MEMORY = 600 << 20  # bytes of address space
_PICTURE_MEMORY = 4 << 30  # recognising needs 800 MB; its libraries reserve more than they use
_LONGEST_ANSWER = 2 << 20
_PIECE = 1 << 16
_SPENT = "太复杂，读了 {:g} 秒还没读完，请另存为文字或 Markdown 再试"
_DIED = "读到一半出错了，可能是文件损坏或者太大，请换一种格式再试"


class DocumentReader:
    """Reads documents one after the other; the process begins with the first one that needs it and serves the rest.

    Args:
        seconds: how long one document may take.
    """

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._memory = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; the next document begins another one."""
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    def read(self, name: str, data: bytes, *, address: str = "", charset: str = "") -> Converted:
        """Return what a document says; blocks, so call it in a thread.

        Args:
            name: of the file, with its ending.
            data: the bytes.
            address: of a web page.
            charset: of a web page, as the server told it.

        Raises:
            DocumentError: it cannot be used.
        """
        if len(data) > LARGEST_FILE:
            raise DocumentError(f"有 {len(data) >> 20} MB，最多 {LARGEST_FILE >> 20} MB，请压缩或者拆小再试")
        kind = kind_of(name, data)
        if kind is None:
            raise DocumentError("这种文件还读不了，能读的有 Markdown、文本、PDF、Word（.docx）、Jupyter 笔记本和网页")
        if kind is Kind.NOTEBOOK:  # nothing but JSON: our own few lines need no fence around them
            return check_text(read_notebook(data))
        head = {"kind": str(kind), "size": len(data), "address": address, "charset": charset}
        with self._lock:
            answer = self._ask(head, data, _PICTURE_MEMORY if kind is Kind.PICTURE else _MEMORY)
        if "error" in answer:
            raise DocumentError(answer["error"])
        return check_text(Converted(**answer))

    def _ask(self, head: dict[str, Any], data: bytes, memory: int) -> dict[str, str]:
        line = self._connect(memory)
        clock = SystemClock()
        until = clock.monotonic() + self._seconds
        question = json.dumps(head).encode() + b"\n" + data
        try:
            line.settimeout(self._seconds)
            line.sendall(question)
            answer = b""
            while not answer.endswith(b"\n"):
                line.settimeout(max(0.001, until - clock.monotonic()))
                piece = line.recv(_PIECE)
                if not piece or len(answer) > _LONGEST_ANSWER:
                    raise ConnectionError("the child ended")
                answer += piece
            result: dict[str, str] = json.loads(answer)
        except TimeoutError as error:
            self.close()
            raise DocumentError(_SPENT.format(self._seconds)) from error
        except (OSError, ValueError) as error:
            self.close()
            raise DocumentError(_DIED) from error
        return result

    def _connect(self, memory: int) -> socket.socket:
        if self._line is not None and self._memory == memory:
            return self._line
        self.close()
        self._line, theirs = socket.socketpair()
        self._memory = memory
        with theirs:
            self._child = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "bot.documents.child", str(memory)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={  # nothing of ours: what is in the environment (tokens) is none of a document's business
                    "PATH": os.defpath,
                    "LANG": "C.UTF-8",
                    "PYTHONPATH": str(Path(bot.__file__).parents[1]),
                    "PYTHONUTF8": "1",
                    "OMP_NUM_THREADS": "1",
                },
            )
        return self._line
