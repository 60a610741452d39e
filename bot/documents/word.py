"""Word (.docx) → Markdown."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape

from bot.documents.markdown import take_heading, to_markdown
from bot.documents.model import Converted, DocumentError

_LARGEST_UNPACKED = 60 << 20  # bytes of all parts together, as the archive declares them
_LARGEST_RATIO = 120  # the text of honest documents shrinks to a tenth, tables of one word to a sixtieth
_SMALL = 4 << 20  # below this a ratio proves nothing
_MOST_PARTS = 2000
_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='标题'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='HTML Preformatted'] => pre:separator('\\n')
p[style-name='HTML 预设格式'] => pre:separator('\\n')
p[style-name='Code'] => pre:separator('\\n')
p[style-name='代码'] => pre:separator('\\n')
p[style-name='Plain Text'] => pre:separator('\\n')
r[style-name='HTML Code'] => code
"""
_CORE = "docProps/core.xml"


def read_word(data: bytes) -> Converted:
    """Return what a .docx says, headings, lists, tables and code kept.

    Raises:
        DocumentError: it is no such file, broken, or made to fill the memory.
    """
    import mammoth

    title, author = _read_facts(data)
    try:
        result = mammoth.convert_to_html(
            io.BytesIO(data),
            style_map=_STYLES,
            convert_image=mammoth.images.img_element(lambda _image: {"src": ""}),
        )
    except MemoryError:
        raise
    except Exception as error:  # whatever a crafted file makes of a parser, it is the file that is broken
        raise DocumentError("已经损坏，读不出来，请用 Word 打开后另存一份再试") from error
    heading, text = take_heading(to_markdown(result.value))
    return Converted(title=heading or title, text=text or heading, author=author)


def _read_facts(data: bytes) -> tuple[str, str]:
    """Return title and author as the file tells them.

    Raises:
        DocumentError: it is no Word file, or unpacks to more than a document has.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_size(parts, len(data))
            names = {part.filename for part in parts}
            if not any(name.startswith("word/") for name in names):
                raise DocumentError("不是 Word 文档，请另存为 .docx 或 PDF 再试")
            core = archive.read(_CORE).decode("utf-8", "replace") if _CORE in names else ""
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError) as error:
        raise DocumentError("已经损坏，打不开，请重新传一份") from error
    return _fact(core, "title"), _fact(core, "creator")


def _check_size(parts: list[zipfile.ZipInfo], packed: int) -> None:
    unpacked = sum(part.file_size for part in parts)
    is_bomb = unpacked > _SMALL and unpacked > packed * _LARGEST_RATIO
    if unpacked > _LARGEST_UNPACKED or is_bomb or len(parts) > _MOST_PARTS:
        raise DocumentError(f"解开后有 {unpacked >> 20} MB，太大了，不能读，请只留文字再试")


def _fact(core: str, name: str) -> str:
    found = re.search(rf"<dc:{name}[^>]*>([^<]{{1,200}})</dc:{name}>", core)
    return " ".join(unescape(found[1]).split()) if found else ""
