"""Reads posts from files: Markdown, text, JSON and JSONL, and the text file of the documents' Flask example."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from bot.plugin import Fault
from bot.plugins.qa.file_records import make_draft, read_json, read_json_lines, read_share_file
from bot.plugins.qa.front_matter import read_markdown
from bot.plugins.qa.model import Draft

_MOST_BYTES = 4 << 20  # a longer file is no post
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
        if path.suffix.lower() in _READERS and path.is_file() and not any(part.startswith(".") for part in parts):
            yield path


def read_posts(path: Path, root: Path | None = None) -> Reading:
    """Read one file; what cannot be used is named with its line and left out.

    Args:
        path: the file.
        root: the folder it was found in; the part of the path below it names posts that have no id of their own.
    """
    shown = str(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = "、".join(sorted(_READERS))
        return Reading(faults=[Fault(shown, 1, 1, f"不认识这种文件，能读的有 {known}")])
    try:
        data = path.read_bytes()
    except OSError as error:
        return Reading(faults=[Fault(shown, 1, 1, f"读不了这个文件：{error.strerror}")])
    if len(data) > _MOST_BYTES:
        return Reading(faults=[Fault(shown, 1, 1, f"文件有 {len(data) >> 20} MB，超过 {_MOST_BYTES >> 20} MB，请拆小")])
    text = _decode(data)
    if text is None:
        return Reading(faults=[Fault(shown, 1, 1, "文件编码看不出来，请另存为 UTF-8")])
    drafts, faults = reader(shown, text, _name_of(path.relative_to(root) if root else PurePath(path.name)))
    return Reading(drafts, faults)


def _name_of(path: PurePath) -> str:
    """Return an id made of a path: `python/async io.md` → `python-async-io`."""
    return re.sub(r"[^\w.]+", "-", str(path.with_suffix(""))).strip("-") or "post"


def _decode(data: bytes) -> str | None:
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
