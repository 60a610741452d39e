"""Reads posts from files: Markdown, text, JSON, and what is converted first: PDF, Word, notebooks, web pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from bot.plugin import Converted, DocumentError, DocumentReader, Fault, kind_of_document
from bot.plugins.qa.file_records import make_draft, read_json, read_json_lines, read_share_file
from bot.plugins.qa.front_matter import read_markdown
from bot.plugins.qa.model import Draft

_MOST_TEXT = 4 << 20  # bytes; a longer text is no post
_CONVERTED = (".pdf", ".docx", ".ipynb", ".html", ".htm")
_MOST_BYTES = dict.fromkeys(_CONVERTED, 20 << 20)  # pictures in them count, and are left out
_PLAIN = (".md", ".markdown", ".txt")
_SHARE_HEADER = "分享内容"  # the first line that the Flask example writes


@dataclass(slots=True)
class Reading:
    """What one file held.

    Attributes:
        drafts: the posts that can be used.
        faults: what was skipped, and why.
    """

    drafts: list[Draft] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def find_files(root: Path) -> Iterator[Path]:
    """Yield the files below a folder that may hold posts, in order; hidden ones are left out. A file yields itself."""
    if root.is_file():
        yield root
        return
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        is_known = path.suffix.lower() in {*_READERS, *_CONVERTED}
        if is_known and path.is_file() and not any(part.startswith((".", "~$")) for part in parts):
            yield path


def read_posts(path: Path, root: Path | None = None, converter: DocumentReader | None = None) -> Reading:
    """Read one file; what cannot be used is named with its line and left out.

    Args:
        path: the file.
        root: the folder it was found in; the part of the path below it names posts that have no id of their own.
        converter: reads PDF, Word and the like; None begins one for this file alone.
    """
    shown = str(path)
    ending = path.suffix.lower()
    if ending not in {*_READERS, *_CONVERTED}:
        return _failed(shown, _why_unknown(path.name))
    try:
        is_long = path.stat().st_size > _MOST_BYTES.get(ending, _MOST_TEXT)
        data = b"" if is_long else path.read_bytes()
    except OSError as error:
        return _failed(shown, f"读不了这个文件：{error.strerror}")
    if is_long:
        most = _MOST_BYTES.get(ending, _MOST_TEXT) >> 20
        return _failed(shown, f"文件有 {path.stat().st_size >> 20} MB，超过 {most} MB，请拆小")
    name = _name_of(path.relative_to(root) if root else PurePath(path.name))
    if ending in _CONVERTED:  # 讲义.pdf may well stand beside 讲义.md
        return _read_converted(shown, name + ending, path.name, data, converter)
    text = decode(data)
    if text is None:
        return _failed(shown, "文件编码看不出来，请另存为 UTF-8")
    drafts, faults = _READERS[ending](shown, text, name)
    return Reading(drafts, faults)


def convert(name: str, data: bytes, converter: DocumentReader) -> Converted:
    """Return what one file says that somebody sent; nothing in it decides who may read it or where.

    Args:
        name: of the file, with its ending.
        data: the bytes.
        converter: reads PDF, Word and the like.

    Raises:
        DocumentError: it cannot be used.
    """
    reader = _READERS.get(PurePath(name).suffix.lower()) if name.lower().endswith(_PLAIN) else None
    if reader is None:
        return converter.read(name, data)
    if len(data) > _MOST_TEXT:
        raise DocumentError(f"有 {len(data) >> 20} MB，最多 {_MOST_TEXT >> 20} MB，请拆小再试")
    text = decode(data)
    if text is None:
        raise DocumentError("里有不是文字的内容，请另存为 UTF-8 文本再试")
    drafts, faults = reader(name, text, PurePath(name).stem)
    if not drafts:
        raise DocumentError(f"第 {faults[0].line} 行：{faults[0].message}" if faults else "里没有读到文字")
    return Converted(title=" ".join(drafts[0].title.split()), text=drafts[0].body)


def _read_converted(shown: str, name: str, file: str, data: bytes, converter: DocumentReader | None) -> Reading:
    try:
        if converter is None:
            with DocumentReader() as own:
                made = own.read(file, data)
        else:
            made = converter.read(file, data)
    except DocumentError as error:
        return _failed(shown, error.advice)
    record = {"id": name, "title": made.title or PurePath(file).stem, "body": made.text}
    drafts, faults = make_draft(shown, 1, record | {"author": made.author, "date": made.date})
    return Reading(drafts, faults)


def _failed(shown: str, message: str) -> Reading:
    return Reading(faults=[Fault(shown, 1, 1, message)])


def _why_unknown(name: str) -> str:
    """Say why a file is not read; of an old kind of document, what to save it as."""
    try:
        kind_of_document(name)
    except DocumentError as error:
        return error.advice
    return f"不认识这种文件，能读的有 {'、'.join(sorted({*_READERS, *_CONVERTED}))}"


def _name_of(path: PurePath) -> str:
    """Return an id made of a path: `python/async io.md` → `python-async-io`."""
    return re.sub(r"[^\w.]+", "-", str(path.with_suffix(""))).strip("-") or "post"


def decode(data: bytes) -> str | None:
    """Return a text file's text; None when it is no text or its encoding cannot be told."""
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "gb18030"):  # the last is what Chinese Windows writes
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def _read_text(file: str, text: str, name: str) -> tuple[list[Draft], list[Fault]]:
    """Read a plain text file: the first line is the title, the rest the body."""
    if text.partition("\n")[0].strip() == _SHARE_HEADER:
        return read_share_file(file, text)
    first, _, rest = text.strip().partition("\n")
    title, body = (first, rest) if rest.strip() else (name, first)
    return make_draft(file, 1, {"id": name, "title": title, "body": body})


_READERS: dict[str, Callable[[str, str, str], tuple[list[Draft], list[Fault]]]] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": _read_text,
    ".json": lambda file, text, _name: read_json(file, text),
    ".jsonl": lambda file, text, _name: read_json_lines(file, text),
}
