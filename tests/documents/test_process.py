"""Documents through the process that opens them."""

from __future__ import annotations

import io
import os
import sys
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from bot.documents import DocumentError, DocumentReader
from bot.documents import child as reading
from bot.documents import process as parent
from bot.documents.pictures import read_picture
from tests.documents.made import Line, docx, pdf, qr_code, raw_pdf
from tests.documents.test_readers import PAGE

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def reader() -> Iterator[DocumentReader]:
    with DocumentReader() as made:
        yield made


def test_one_process_reads_document_after_document(reader: DocumentReader) -> None:
    assert reader.read("a.pdf", pdf([Line("标题", 24), Line("正文。")])).title == "标题"
    first = reader._child
    assert reader.read("a.docx", docx(("Title", "手册"), ("", "正文。"))).text == "正文。"
    assert reader.read("a.html", PAGE.encode()).author == "张三"
    with pytest.raises(DocumentError, match="损坏"):
        reader.read("a.pdf", b"%PDF-1.4\nnothing")
    assert reader._child is first


def test_a_document_that_takes_too_long_is_given_up_and_the_next_one_is_read() -> None:
    with DocumentReader(seconds=0.0) as impatient:
        with pytest.raises(DocumentError, match="还没读完"):
            impatient.read("a.pdf", pdf([Line("正文。")]))
        impatient._seconds = 30.0
        assert impatient.read("a.pdf", pdf([Line("正文。")])).text == "正文。"


def test_a_document_that_needs_too_much_memory_hurts_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = b"<html><body>" + b"<div><p>x" * 400_000
    monkeypatch.setattr(parent, "_MEMORY", 130 << 20)
    with DocumentReader() as poor:
        with pytest.raises(DocumentError):
            poor.read("a.html", deep)
        monkeypatch.setattr(parent, "_MEMORY", 600 << 20)
        assert poor.read("a.html", PAGE.encode()).author == "张三"


def _loop() -> bytes:
    """Return a PDF whose page draws a form that draws itself."""
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 1 1] /Resources << /XObject << /X 4 0 R >> >> /Length 5"
    return raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /XObject << /X 4 0 R >> >> >>",
            b"<< %s >>\nstream\n/X Do\nendstream" % form,
        ]
    )


def _laughs() -> bytes:
    """Return a Word file whose text names a text of ten texts, eleven times over."""
    entities = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
    inside = f"<!DOCTYPE w [<!ENTITY a0 'ha'>{entities}]>"
    with zipfile.ZipFile(io.BytesIO(docx(("", "x")))) as honest:
        parts = {name: honest.read(name) for name in honest.namelist()}
    document = parts["word/document.xml"].decode()
    parts["word/document.xml"] = (inside + document.replace(">x<", ">&a11;<")).encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("loop.pdf", _loop()),
        ("laughs.docx", _laughs()),
        ("deep.html", b"<div>" * 1_000_000 + b"x"),
        ("blank.html", b"<p>" + b" ," * 1_000_000),
    ],
)
def test_what_was_made_to_hurt_is_refused_and_the_next_document_is_read(
    reader: DocumentReader, name: str, data: bytes
) -> None:
    with pytest.raises(DocumentError):
        reader.read(name, data)
    assert reader.read("a.pdf", pdf([Line("正文。")])).text == "正文。"


def test_the_process_can_neither_write_nor_connect_nor_start_anything(reader: DocumentReader) -> None:
    with pytest.raises(PermissionError):
        reading._forbid("open", ("/tmp/x", "w", 0))
    for event in ("socket.connect", "subprocess.Popen", "os.system", "os.fork"):
        with pytest.raises(PermissionError):
            reading._forbid(event, ())
    reading._forbid("open", ("/etc/hosts", "r", 0))
    assert reader.read("a.pdf", pdf([Line("正文。")])).text == "正文。"
    assert reader._child is not None
    limits = open(f"/proc/{reader._child.pid}/limits").read()  # noqa: PTH123, SIM115 - a file of the kernel
    assert [line.split()[3] for line in limits.splitlines() if line.startswith("Max address space")] == ["629145600"]
    environment = open(f"/proc/{reader._child.pid}/environ").read()  # noqa: PTH123, SIM115
    assert set(os.environ) & {one.partition("=")[0] for one in environment.split("\0")} <= {
        "PATH", "LANG", "PYTHONPATH", "PYTHONUTF8", "OMP_NUM_THREADS"
    }  # fmt: skip


def test_a_file_that_is_too_large_is_not_even_sent(reader: DocumentReader) -> None:
    with pytest.raises(DocumentError, match="有 21 MB"):
        reader.read("a.pdf", bytes(21 << 20))
    with pytest.raises(DocumentError, match="还读不了"):
        reader.read("a.zip", b"PK")


def test_the_qr_code_of_a_picture_is_read_as_text(reader: DocumentReader) -> None:
    made = reader.read("群.png", qr_code("https://example.com/join?g=1"))
    assert "二维码：https://example.com/join?g=1" in made.text


@pytest.mark.parametrize("data", [b"\x89PNG broken", b"", b"GIF89a"])
def test_what_is_no_picture_is_refused(reader: DocumentReader, data: bytes) -> None:
    with pytest.raises(DocumentError, match="不是完整的图片"):
        reader.read("a.png", data)


def test_without_the_extra_a_picture_of_text_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    with pytest.raises(DocumentError, match="没有装识图功能"):
        read_picture(_drawing("Redis"))


if find_spec("rapidocr"):  # the extra `pictures` is large: who has it tests it

    def test_the_text_on_a_picture_is_read_line_by_line(reader: DocumentReader) -> None:
        made = reader.read("图.jpg", _drawing("how to find big keys", "use redis-cli --bigkeys"))
        assert made.text.splitlines() == ["how to find big keys", "use redis-cli --bigkeys"]


def _drawing(*lines: str) -> bytes:
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (900, 300), "white")
    for number, line in enumerate(lines):
        ImageDraw.Draw(picture).text((40, 40 + 90 * number), line, font=ImageFont.load_default(40), fill="black")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
