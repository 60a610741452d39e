"""QR codes are found however they are drawn, none is seen where there is none, and no file does any harm."""

from __future__ import annotations

import io
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.moderation import pictures
from bot.moderation.pictures import Code, CodeKind, codes_in, kind_of_code, read_codes
from tests.examples import examples
from tests.moderation import made_pictures as made
from tests.moderation.made_pictures import GROUP, PERSON, encode

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("condition", made.CONDITIONS)
def test_a_code_is_found_in_every_condition(condition: str) -> None:
    expected = [Code(GROUP, CodeKind.WEIXIN_GROUP)]
    if condition == "two codes":
        expected.append(Code(PERSON, CodeKind.WEIXIN_PERSON))
    assert read_codes(made.CONDITIONS[condition]()) == expected


@pytest.mark.parametrize("number", range(len(made.WITHOUT)))
def test_pictures_without_a_code_have_none(number: int) -> None:
    assert [read_codes(encode(made.WITHOUT[number](seed))) for seed in range(2)] == [[], []]


@pytest.mark.soak
@pytest.mark.parametrize("number", range(len(made.WITHOUT)))
def test_hundreds_of_pictures_without_a_code_have_none(number: int) -> None:
    assert [seed for seed in range(2, 150) if read_codes(encode(made.WITHOUT[number](seed)))] == []


def test_a_code_is_found_at_any_angle() -> None:
    turned = [made.code().rotate(angle, expand=True, fillcolor=made.WHITE) for angle in range(0, 360, 24)]
    assert all(read_codes(encode(picture)) for picture in turned)


def test_a_code_shown_twice_is_one() -> None:
    picture = Image.new("RGB", (700, 300), "white")
    for left in (20, 380):
        picture.paste(made.code(size=280), (left, 10))
    assert read_codes(encode(picture)) == [Code(GROUP, CodeKind.WEIXIN_GROUP)]


def test_an_opened_picture_of_any_mode_is_read() -> None:
    for mode in ("RGB", "L", "RGBA", "LA", "P", "CMYK", "YCbCr", "HSV", "1", "F", "I"):
        assert [code.text for code in codes_in(made.code().convert("L").convert(mode))] == [GROUP], mode


def test_a_dim_picture_of_16_bits_is_read() -> None:
    values = np.asarray(made.code().convert("L")).astype(np.uint16) // 4
    assert [code.text for code in codes_in(Image.fromarray(values))] == [GROUP]


def test_a_code_in_a_later_frame_of_a_moving_picture_is_found() -> None:
    file, plain = io.BytesIO(), made.scene(300, 300).convert("P")
    later = Image.new("RGB", (300, 300), "white")
    later.paste(made.code(), (20, 20))
    frames = [plain, plain.rotate(90), plain.rotate(180), later.convert("P")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=100)
    assert [code.text for code in read_codes(file.getvalue())] == [GROUP]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("https://weixin.qq.com/g/AwYAAMzVZ1", CodeKind.WEIXIN_GROUP),
        ("http://weixin.qq.com/g/AwYAAMzVZ1", CodeKind.WEIXIN_GROUP),
        ("https://work.weixin.qq.com/gm/0123abc", CodeKind.WEIXIN_GROUP),
        ("https://u.wechat.com/EKxP3mV9tQ2s", CodeKind.WEIXIN_PERSON),
        ("https://work.weixin.qq.com/ca/cawcde1234", CodeKind.WEIXIN_PERSON),
        ("wxp://f2f0abcdef", CodeKind.PAYMENT),
        ("HTTPS://QR.ALIPAY.COM/FKX0123", CodeKind.PAYMENT),
        ("weixin://wxpay/bizpayurl?pr=abc", CodeKind.PAYMENT),
        ("134567890123456789", CodeKind.PAYMENT),
        ("http://weixin.qq.com/r/abc", CodeKind.OFFICIAL_ACCOUNT),
        ("https://mp.weixin.qq.com/a/~~abc", CodeKind.MINI_PROGRAM),
        ("https://qm.qq.com/q/abc", CodeKind.OTHER_GROUP),
        ("https://t.me/+abc", CodeKind.OTHER_GROUP),
        ("https://mp.weixin.qq.com/s/abc", CodeKind.LINK),
        ("https://docs.python.org/3/", CodeKind.LINK),
        ("github.com/python/cpython", CodeKind.LINK),
        ("https://evil.example/?to=https://weixin.qq.com/g/1", CodeKind.LINK),
        ("WIFI:S:office;T:WPA;P:12345678;;", CodeKind.OTHER),
        ("13800138000", CodeKind.OTHER),
        ("", CodeKind.OTHER),
    ],
)
def test_where_a_code_leads_is_told_by_its_text(text: str, kind: CodeKind) -> None:
    assert kind_of_code(text) is kind


def test_every_kind_has_words_for_people() -> None:
    assert len({kind.words for kind in CodeKind}) == len(CodeKind)


def test_a_picture_that_says_it_is_huge_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("it was unpacked"))
    with pytest.warns(Image.DecompressionBombWarning):
        assert read_codes(made.bomb(10_000)) == []
    assert read_codes(made.bomb(6_000)) == []
    assert read_codes(made.bomb(30_000)) == []


def test_a_file_over_the_limit_is_not_opened() -> None:
    assert read_codes(encode(made.code()) + bytes(pictures.LARGEST_FILE)) == []


def _break(data: bytes, chance: random.Random) -> bytes:
    broken = bytearray(data)
    for _ in range(chance.randrange(1, 30)):
        broken[chance.randrange(len(broken))] = chance.randrange(256)
    return bytes(broken[: chance.randrange(len(broken) // 2, len(broken))])


def _small(kind: str) -> bytes:
    return encode(made.code(size=90).convert("RGB"), kind)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
@given(seed=st.integers(0, 2**32))
@settings(max_examples=examples(12), deadline=None)
def test_a_broken_file_is_never_an_exception(kind: str, seed: int) -> None:
    assert isinstance(read_codes(_break(_small(kind), random.Random(seed))), list)


@given(
    data=st.binary(max_size=300), start=st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff", b"BM"])
)
@settings(max_examples=examples(12), deadline=None)
def test_any_bytes_are_never_an_exception(data: bytes, start: bytes) -> None:
    assert read_codes(start + data) == []


def test_formats_that_no_phone_sends_are_not_opened() -> None:
    assert read_codes(encode(made.code(), "TIFF")) == []
    assert read_codes(encode(made.code(), "PPM")) == []


def test_nothing_is_loaded_before_the_first_picture() -> None:
    script = "import sys, bot.moderation.pictures; sys.exit(bool({'PIL', 'zxingcpp', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
