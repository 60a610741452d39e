"""What a document gives, which kinds there are, and what is refused before anybody opens it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePath

LARGEST_FILE = 20 << 20  # bytes
LONGEST_TEXT = 200_000  # bytes of UTF-8: a post that nobody reads to its end answers nothing

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_ENDINGS = frozenset({".doc", ".ppt", ".xls", ".wps"})
_OTHER_OFFICE = frozenset({".pptx", ".xlsx"})


class Kind(StrEnum):
    """Kinds of documents that are converted."""

    PDF = "pdf"
    WORD = "word"
    NOTEBOOK = "notebook"
    PAGE = "page"
    PICTURE = "picture"


_ENDINGS = {
    ".pdf": Kind.PDF,
    ".docx": Kind.WORD,
    ".ipynb": Kind.NOTEBOOK,
    ".html": Kind.PAGE,
    ".htm": Kind.PAGE,
    ".png": Kind.PICTURE,
    ".jpg": Kind.PICTURE,
    ".jpeg": Kind.PICTURE,
    ".webp": Kind.PICTURE,
    ".bmp": Kind.PICTURE,
}
_STARTS = {Kind.PDF: b"%PDF-", Kind.WORD: b"PK\x03\x04"}
_SEARCHED = 1024  # bytes among which a PDF's mark may stand


class DocumentError(Exception):
    """A document cannot be used.

    Args:
        advice: why, and what to do, in Chinese; it follows the document's name and has no full stop.
    """

    def __init__(self, advice: str) -> None:
        super().__init__(advice)
        self.advice = advice


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What was read.

    Attributes:
        title: one line; empty when the document does not tell.
        text: Markdown.
        author: as written there; empty when it does not tell.
        date: ISO date it was published; empty when it does not tell.
    """

    title: str
    text: str
    author: str = ""
    date: str = ""


def kind_of(name: str, data: bytes = b"") -> Kind | None:
    """Return which kind a file is, None when nothing here converts it.

    Args:
        name: with its ending.
        data: the bytes, or none to go by the name alone.

    Raises:
        DocumentError: it is surely not what its name says, or of a kind that must be saved as another one first.
    """
    ending = PurePath(name).suffix.lower()
    if data.startswith(_OLD_OFFICE):
        raise DocumentError("是旧版 Office 格式或者加了密码，请去掉密码、另存为 .docx 或 PDF 再试")
    if ending in _OLD_ENDINGS:
        raise DocumentError("是旧版 Office 格式，请另存为 .docx 或 PDF 再试")
    if ending in _OTHER_OFFICE:
        raise DocumentError("这种格式还读不了，请另存为 PDF 再试")
    kind = _ENDINGS.get(ending)
    if data and kind in _STARTS and _STARTS[kind] not in data[:_SEARCHED]:
        raise DocumentError(f"内容不是 {ending[1:]} 格式，文件可能没传完整，请重新传一份")
    return kind


def check_text(document: Converted) -> Converted:
    """Return a document that is short enough, with its blanks in order.

    Raises:
        DocumentError: it is empty or too long.
    """
    text = document.text.replace("\r\n", "\n").replace("\0", "").strip("\n").rstrip()
    if not text.strip():
        raise DocumentError("里没有读到文字")
    if (size := len(text.encode("utf-8", "replace"))) > LONGEST_TEXT:
        raise DocumentError(f"有 {size // 1000} kB 文字，一篇最多 {LONGEST_TEXT // 1000} kB，请按章节拆成几个文件再试")
    return replace(document, title=" ".join(document.title.split()), text=text)
