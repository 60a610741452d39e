"""The process that opens what others wrote: little memory, no network, no files written, no programs started."""

from __future__ import annotations

import contextlib
import ctypes
import json
import resource
import socket
import sys
from collections.abc import Callable
from typing import Any

from bot.documents.model import Converted, DocumentError
from bot.documents.pdf import read_pdf
from bot.documents.pictures import read_picture
from bot.documents.web import read_page
from bot.documents.word import read_word

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # flags of unshare(2)
_DENIED = ("socket.", "subprocess.", "os.exec", "os.fork", "os.system", "os.spawn", "os.posix_spawn", "os.remove")
_MOST_TEXT = 1 << 20  # characters
_BROKEN = "已经损坏，读不出来，请换一种格式再试"
_TOO_LARGE = "太大，内存不够读完，请拆小再试"
_READERS: dict[str, Callable[[bytes, dict[str, Any]], Converted]] = {
    "pdf": lambda data, _head: read_pdf(data),
    "word": lambda data, _head: read_word(data),
    "page": lambda data, head: read_page(data, head["address"], head["charset"]),
    "picture": lambda data, _head: read_picture(data),
}


def main() -> None:
    """Answer one document after the other on the socket that is the standard input."""
    line = socket.socket(fileno=0)
    shut_in(int(sys.argv[1]))
    with line, line.makefile("rwb") as stream:
        while head := stream.readline():
            question = json.loads(head)
            answer = read(question, stream.read(question["size"]))
            stream.write(json.dumps(answer).encode() + b"\n")
            stream.flush()


def read(head: dict[str, Any], data: bytes) -> dict[str, str]:
    """Return a document, or why there is none, as JSON values."""
    try:
        made = _READERS[head["kind"]](data, head)
    except DocumentError as error:
        return {"error": error.advice}
    except MemoryError:
        return {"error": _TOO_LARGE}
    except Exception:  # noqa: BLE001 - whatever a crafted file makes of a parser, it is the file that is broken
        return {"error": _BROKEN}
    text = made.text[:_MOST_TEXT].encode("utf-8", "replace").decode()
    return {"title": made.title[:1000], "text": text, "author": made.author[:200], "date": made.date}


def shut_in(memory: int) -> None:
    """Take away what reading a document does not need.

    Args:
        memory: bytes of address space that are left.
    """
    limits = [
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CPU, 600),
    ]
    for which, most in limits:
        with contextlib.suppress(ValueError, OSError):  # systems differ in what they let a process set
            resource.setrlimit(which, (most, most))
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).unshare(_NEW_USER | _NEW_NETWORK)  # where the kernel allows it there is no network at all
    sys.addaudithook(_forbid)


def _forbid(event: str, arguments: tuple[Any, ...]) -> None:
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if writes or event.startswith(_DENIED):
        raise PermissionError(event)


if __name__ == "__main__":
    main()
