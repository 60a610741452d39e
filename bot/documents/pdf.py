"""PDF → Markdown: headings by the size of the letters, code by its font, wrapped lines put together again."""

from __future__ import annotations

import ctypes
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.documents.model import Converted, DocumentError

_MOST_PAGES = 500
_FIXED_PITCH = 1  # first flag of a font descriptor (ISO 32000, table 123)
_CODE_FONT = re.compile(r"mono|courier|consol|menlo|inconsolata|fira ?code|sourcecode|cascadia", re.IGNORECASE)
_LINE_END = re.compile(r"[。！？：；.!?:;…」』）)]$")
_HEADING_FROM = 1.15  # times the size of the running text
_LONGEST_HEADING = 80
_FULL_LINE = 0.85  # of the column's width: a line that long was broken by the page, not by its writer
_LEVELS = 3
_KANGXI = re.compile("[\u2e80-\u2fdf]")  # radicals that stand for the characters they look like
_MAKERS_NAME = re.compile(r"^(microsoft word|untitled|无标题|文档\d*$)|\.(docx?|pdf|tex|indd)$", re.IGNORECASE)
_LEAST_REPEATED = 3


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as it is printed: where it begins and ends, how large its letters are."""

    text: str
    size: float
    is_code: bool
    left: float
    right: float


def read_pdf(data: bytes) -> Converted:
    """Return what a PDF says.

    Raises:
        DocumentError: it is locked, broken, too long, or only made of pictures.
    """
    pages = _read_pages(data)
    lines = [line for page in _without_margins(pages) for line in page]
    if not lines:
        raise DocumentError("里没有文字，可能是扫描件，请发文字版，或者先用识图工具转成文字")
    sizes = Counter[float]()
    for line in lines:
        sizes[line.size] += 0 if line.is_code else len(line.text)
    body = sizes.most_common(1)[0][0]
    headings = sorted({line.size for line in lines if _is_heading(line, body)}, reverse=True)
    title = _find_title(lines, headings)
    return Converted(title=title, text="\n\n".join(_blocks(lines, body, headings, title)))


def _read_pages(data: bytes) -> list[list[_Line]]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise DocumentError("有密码，请去掉密码后再试") from error
        raise DocumentError("已经损坏，打不开，请重新导出一份 PDF 再试") from error
    try:
        if len(document) > _MOST_PAGES:
            raise DocumentError(f"有 {len(document)} 页，最多读 {_MOST_PAGES} 页，请拆成几个文件再试")
        pages = (_read_page(document, number) for number in range(len(document)))
        return [page for page in pages if page]
    finally:
        document.close()


def _read_page(document: Any, number: int) -> list[_Line]:  # noqa: ANN401 - pypdfium2.PdfDocument
    import pypdfium2

    try:
        page = document[number]
        lines = list(_read_lines(page.get_textpage()))
        page.close()
    except pypdfium2.PdfiumError:  # one broken page takes nothing from the others
        return []
    return lines


def _read_lines(page: Any) -> Iterator[_Line]:  # noqa: ANN401 - pypdfium2.PdfTextPage
    from pypdfium2 import raw

    start, count = 0, page.count_chars()
    codes = [raw.FPDFText_GetUnicode(page, at) for at in range(count)]
    for end in [*(at for at, code in enumerate(codes) if code in {10, 13}), count]:
        inked = [at for at in range(start, end) if not chr(codes[at]).isspace() and codes[at] > 0]
        if inked:
            units = "".join(map(chr, codes[inked[0] : inked[-1] + 1]))
            text = units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            yield _measure(page, _tidy(text), inked[0], inked[-1])
        start = end + 1


def _measure(page: Any, text: str, first: int, last: int) -> _Line:  # noqa: ANN401 - pypdfium2.PdfTextPage
    from pypdfium2 import raw

    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    raw.FPDFText_GetFontInfo(page, first, name, 128, flags)
    is_code = bool(flags.value & _FIXED_PITCH) or _CODE_FONT.search(name.value.decode("latin-1")) is not None
    size = round(raw.FPDFText_GetFontSize(page, first), 1)
    return _Line(text, size, is_code, page.get_charbox(first)[0], page.get_charbox(last)[2])


def _tidy(text: str) -> str:
    text = text.replace("\ufffe", "-").replace("\x02", "-").replace("\xa0", " ")  # how hyphens at line ends come out
    text = "".join(sign for sign in text if sign.isprintable())
    return _KANGXI.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)


def _without_margins(pages: Sequence[list[_Line]]) -> Iterator[list[_Line]]:
    """Yield the pages without what stands at the top and the bottom of most of them: headers and page numbers."""
    counted = Counter(key for page in pages for key in {_margin_key(line) for line in (*page[:1], *page[-1:])})
    repeated = {key for key, times in counted.items() if times >= max(_LEAST_REPEATED, len(pages) / 2)}
    for page in pages:
        kept = page[1:] if page and _margin_key(page[0]) in repeated else page
        yield kept[:-1] if kept and _margin_key(kept[-1]) in repeated else kept


def _margin_key(line: _Line) -> str:
    return re.sub(r"\d+", "0", line.text)


def _is_heading(line: _Line, body: float) -> bool:
    is_short = len(line.text) <= _LONGEST_HEADING
    return not line.is_code and line.size >= body * _HEADING_FROM and is_short and any(map(str.isalpha, line.text))


def _find_title(lines: Sequence[_Line], headings: Sequence[float]) -> str:
    """Return the first of the largest headings when it stands near the beginning."""
    near = (line.text for line in lines[:8] if headings and line.size == headings[0])
    return next(near, "")


def _blocks(lines: Sequence[_Line], body: float, headings: Sequence[float], title: str) -> Iterator[str]:
    edge = max((line.right for line in lines if not line.is_code and line.size <= body * _HEADING_FROM), default=0.0)
    at, has_title = 0, False
    while at < len(lines):
        line, end = lines[at], at + 1
        if line.is_code:
            while end < len(lines) and lines[end].is_code:
                end += 1
            yield _fence(lines[at:end])
        elif _is_heading(line, body):
            if line.text != title or has_title:
                yield f"{'#' * min(headings.index(line.size) + 1, _LEVELS)} {line.text}"
            has_title = has_title or line.text == title
        else:
            while end < len(lines) and _continues(lines[end - 1], lines[end], edge, body):
                end += 1
            yield _join([one.text for one in lines[at:end]])
        at = end


def _continues(line: _Line, following: _Line, edge: float, body: float) -> bool:
    is_plain = not following.is_code and not _is_heading(following, body)
    is_full = line.right >= edge * _FULL_LINE
    return is_plain and is_full and not _LINE_END.search(line.text)


def _fence(lines: Sequence[_Line]) -> str:
    """Return code with the indentation that its place on the page shows."""
    left, longest = min(line.left for line in lines), max(lines, key=lambda line: len(line.text))
    letter = (longest.right - longest.left) / len(longest.text)  # all are as wide as each other
    widths = [round((line.left - left) / letter) if letter > 0 else 0 for line in lines]
    code = "\n".join(" " * width + line.text for width, line in zip(widths, lines, strict=True))
    return f"```\n{code}\n```"


def _join(parts: Sequence[str]) -> str:
    text = parts[0]
    for part in parts[1:]:
        text += f" {part}" if text[-1].isascii() or part[0].isascii() else part
    return text
