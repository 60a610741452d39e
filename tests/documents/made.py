"""Documents made for tests: a PDF and a Word file are too large to keep and too easy to make."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape


class Line(NamedTuple):
    """One printed line."""

    text: str
    size: int = 12
    is_code: bool = False
    left: int = 50


def pdf(*pages: Sequence[Line], trailer: str = "") -> bytes:
    """Return a PDF whose Chinese is set in a font that every reader knows by name."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
        (
            b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000"
            b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>"
        ),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    kids = []
    for page in pages:
        drawn = _draw(page)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R /F2 5 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    return raw_pdf(objects, trailer)


def raw_pdf(objects: Sequence[bytes], trailer: str = "") -> bytes:
    """Return a PDF of objects 1, 2, …; the first is the catalogue."""
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    out += b"trailer << /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer.encode())
    return bytes(out + b"startxref\n%d\n%%%%EOF" % start)


def _draw(page: Sequence[Line]) -> bytes:
    height, drawn = 800.0, []
    for line in page:
        font, code = ("F2", "latin-1") if line.is_code else ("F1", "utf-16-be")
        drawn.append(f"BT /{font} {line.size} Tf {line.left} {height:g} Td <{line.text.encode(code).hex()}> Tj ET")
        height -= line.size * 1.6
    return "\n".join(drawn).encode()


_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
    ' Target="word/document.xml"/></Relationships>'
)
_SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_STYLES = ("Title", "heading 1", "heading 2", "HTML Preformatted")


def docx(
    *paragraphs: tuple[str, str], title: str = "", table: Sequence[Sequence[str]] = (), more: bytes = b""
) -> bytes:
    """Return a Word file of (style, text); the style may be empty."""
    body = "".join(map(_paragraph, paragraphs)) + (_table(table) if table else "")
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="s{number}"><w:name w:val="{name}"/></w:style>'
        for number, name in enumerate(_STYLES)
    )
    core = f'<p xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(title)}</dc:title></p>'
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS,
        "word/document.xml": f"<w:document {_SPACE}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": f"<w:styles {_SPACE}>{styles}</w:styles>",
        "docProps/core.xml": core,
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
        if more:
            archive.writestr("word/more.xml", more)
    return file.getvalue()


def bomb(megabytes: int) -> bytes:
    """Return a small Word file that unpacks to so much."""
    return docx(("", "x"), more=bytes(megabytes << 20))


def _paragraph(one: tuple[str, str]) -> str:
    style, text = one
    look = f'<w:pPr><w:pStyle w:val="s{_STYLES.index(style)}"/></w:pPr>' if style else ""
    return f'<w:p>{look}<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def _table(rows: Sequence[Sequence[str]]) -> str:
    cells = ("".join(f"<w:tc>{_paragraph(('', text))}</w:tc>" for text in row) for row in rows)
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


def qr_code(text: str) -> bytes:
    """Return a PNG of a QR code."""
    import zxingcpp
    from PIL import Image

    file = io.BytesIO()
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    Image.fromarray(zxingcpp.write_barcode_to_image(made, scale=4)).save(file, "PNG")
    return file.getvalue()
