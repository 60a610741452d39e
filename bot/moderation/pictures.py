"""QR codes in pictures: found however they are drawn, and told apart by where they lead; nothing is ever opened."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image as Picture

LARGEST_FILE = 20 << 20  # bytes; WeChat itself takes no larger picture
MOST_PIXELS = 80_000_000  # of a JPEG, which is decoded in a fraction of its size; phones take up to 108 million
_MOST_UNSCALED = 26_000_000  # pixels of other kinds, which must be decoded whole: 100 MB for a moment
_MOST_READ = 5_000_000  # pixels that are searched: a code that phones read is large enough in so many
_MOST_FRAMES = (0, 3, 12)  # of a moving picture
_LARGE = 1_000_000  # pixels from which the attempts at damaged codes are made on half the size
_SMALL = 250_000  # pixels below which they are also made on twice the size
_LONGEST = 2_000  # characters of a code's content; the largest QR code holds 2,953 bytes
_MOST_CODES = 20  # of one picture
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
# What Pillow and its plugins are known to raise for files made to hurt. `Warning` comes where warnings are errors.
BROKEN = (
    OSError, ValueError, SyntaxError, EOFError, ArithmeticError, LookupError, TypeError, AttributeError, RuntimeError,
    MemoryError, AssertionError, Warning, struct.error, zlib.error,
)  # fmt: skip


class CodeKind(StrEnum):
    """Where a QR code leads."""

    WEIXIN_GROUP = "weixin_group"
    WEIXIN_PERSON = "weixin_person"
    OTHER_GROUP = "other_group"
    PAYMENT = "payment"
    OFFICIAL_ACCOUNT = "official_account"
    MINI_PROGRAM = "mini_program"
    LINK = "link"
    OTHER = "other"

    @property
    def words(self) -> str:
        """What people call it, in Chinese."""
        return _WORDS[self]


_WORDS = {
    CodeKind.WEIXIN_GROUP: "微信群二维码",
    CodeKind.WEIXIN_PERSON: "个人微信二维码",
    CodeKind.OTHER_GROUP: "别处的群二维码",
    CodeKind.PAYMENT: "收款码",
    CodeKind.OFFICIAL_ACCOUNT: "公众号二维码",
    CodeKind.MINI_PROGRAM: "小程序码",
    CodeKind.LINK: "网址二维码",
    CodeKind.OTHER: "二维码",
}

# Addresses as WeChat, WeCom, QQ, Alipay, 钉钉 and 飞书 write them into their own codes.
_KINDS: tuple[tuple[CodeKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (CodeKind.WEIXIN_GROUP, r"https?://(weixin\.qq\.com/g/|work\.weixin\.qq\.com/(gm|join)/)"),
        (
            CodeKind.WEIXIN_PERSON,
            r"https?://(u\.wechat\.com/|wechat\.com/|work\.weixin\.qq\.com/(u|ca|kfid)/)|weixin://contacts/",
        ),
        (
            CodeKind.PAYMENT,
            (
                r"wxp://|weixin://wxpay|https?://(wx\.tenpay\.com/|payapp\.weixin\.qq\.com/|qr\.alipay\.com/"
                r"|i\.qianbao\.qq\.com/|qr\.95516\.com/|qr\.shouqianba\.com/)|alipays?://|1[0-5]\d{16}$"
            ),
        ),
        (
            CodeKind.OFFICIAL_ACCOUNT,
            r"https?://(weixin\.qq\.com/[rq]/|mp\.weixin\.qq\.com/mp/profile_ext)|weixin://qr/",
        ),
        (
            CodeKind.MINI_PROGRAM,
            r"https?://(mp\.weixin\.qq\.com/a/|wxaurl\.cn/|wxmpurl\.cn/|servicewechat\.com/)|weixin://dl/business|\#小程序",
        ),
        (
            CodeKind.OTHER_GROUP,
            (
                r"https?://(qm\.qq\.com/|jq\.qq\.com/|qun\.qq\.com/|qr\.dingtalk\.com/|h5\.dingtalk\.com/"
                r"|applink\.feishu\.cn/client/chat|t\.me/|telegram\.me/|discord\.gg/|chat\.whatsapp\.com/|line\.me/)"
            ),
        ),
        (CodeKind.LINK, r"https?://|www\.|[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|cn|net|org|top|vip|xyz|cc|io|me|shop)(/|$)"),
    )
)


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code that was found.

    Attributes:
        text: what it says, at most 2,000 characters.
        kind: where that leads.
    """

    text: str
    kind: CodeKind


def kind_of_code(text: str) -> CodeKind:
    """Return where the content of a QR code leads."""
    text = text.strip()
    return next((kind for kind, pattern in _KINDS if pattern.match(text)), CodeKind.OTHER)


def read_codes(data: bytes) -> list[Code]:
    """Return the QR codes of a picture, each once, from the top left on; none when it is no picture that can be read.

    Never raises, whatever the bytes are. It takes some 10 ms of a processor: call it in a thread.

    Args:
        data: a JPEG, PNG, WebP, GIF or BMP file of up to 20 MB; at most 80 million pixels as a JPEG, else 26.
    """
    from PIL.Image import DecompressionBombError

    if len(data) > LARGEST_FILE:
        return []
    found: dict[Code, None] = {}
    try:
        for frame in _frames(data):
            found |= dict.fromkeys(codes_in(frame))
    except (*BROKEN, DecompressionBombError):
        pass  # the codes of the frames before are still worth knowing
    return list(found)


def codes_in(picture: Picture) -> list[Code]:
    """Return the QR codes of an opened picture, each once, from the top left on.

    A first search costs 4 ms for two million pixels. Where it finds nothing the picture is searched again smoothed
    (it may be noisy) and with the contrast of its edges raised (it may be blurred), on half the size when it is large.

    Args:
        picture: of any mode and size.

    Raises:
        OSError, ValueError and what else Pillow raises for a file that breaks while it is decoded.
    """
    grey = _to_grey(picture)
    return next((found for attempt, is_even in _attempts(grey) if (found := _search(attempt, is_even=is_even))), [])


def _search(grey: NDArray[np.uint8], *, is_even: bool) -> list[Code]:
    import zxingcpp

    binarizer = zxingcpp.Binarizer.GlobalHistogram if is_even else zxingcpp.Binarizer.LocalAverage
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = zxingcpp.read_barcodes(  # marks of QR codes are found at any angle: `try_rotate` is for bar codes
        grey, formats=formats, try_rotate=False, try_downscale=False, binarizer=binarizer
    )
    found.sort(key=lambda code: (code.position.top_left.y // 50, code.position.top_left.x))
    texts = dict.fromkeys(code.text.strip()[:_LONGEST] for code in found[:_MOST_CODES])
    return [Code(text, kind_of_code(text)) for text in texts if text]


def _attempts(picture: Picture) -> Iterator[tuple[NDArray[np.uint8], bool]]:
    """Yield what is searched one after the other, and whether its light is even: one threshold for all of it."""
    import numpy as np
    from PIL.Image import Resampling

    yield np.asarray(picture), False
    size = picture.width * picture.height
    if size > _LARGE:
        half = np.asarray(picture.reduce(2))  # which smooths it, too
        yield half, False
        yield _sharpen(half, (1, 2, 2), 4), False
        return
    grey = np.asarray(picture)
    yield _soften(grey, 1).astype(np.uint8), False
    yield _soften(grey, 1, 2).astype(np.uint8), True
    yield _sharpen(grey, (1, 2, 2), 4), False
    yield _sharpen(grey, (1, 2, 4), 6), False
    if size < _SMALL:
        twice = picture.resize((picture.width * 2, picture.height * 2), Resampling.BICUBIC)
        yield _sharpen(np.asarray(twice), (1, 2, 4), 4), False


def _soften(grey: NDArray[np.uint8], *steps: int) -> NDArray[np.uint16]:
    """Return a picture with each pixel mixed with those some pixels around it, 1 : 2 : 1 both ways, for each step."""
    import numpy as np

    soft = grey.astype(np.uint16)
    for step in steps:
        soft = _mix(_mix(soft, step).T, step).T
        soft >>= 4
    return soft


def _mix(lines: NDArray[np.uint16], step: int) -> NDArray[np.uint16]:
    """Return twice each line with those before and behind it added; beyond the edges stands the line itself."""
    mixed = lines * 2
    mixed[step:] += lines[:-step]
    mixed[:step] += lines[:step]
    mixed[:-step] += lines[step:]
    mixed[-step:] += lines[-step:]
    return mixed


def _sharpen(grey: NDArray[np.uint8], steps: Sequence[int], gain: int) -> NDArray[np.uint8]:
    """Return a picture with its difference from its softened self `gain` times as large."""
    import numpy as np

    raised = _soften(grey, *steps).view(np.int16)
    raised *= 1 - gain
    raised += gain * grey.astype(np.int16)
    sharp: NDArray[np.uint8] = np.clip(raised, 0, 255, out=raised).astype(np.uint8)
    return sharp


def _frames(data: bytes) -> Iterator[Picture]:
    """Yield the pictures of a file, some of a moving one.

    Raises:
        OSError and others: see `BROKEN`.
    """
    from PIL import Image

    picture = Image.open(io.BytesIO(data), formats=_FORMATS)
    if picture.format == "JPEG":
        limit = MOST_PIXELS
        scale = next(scale for scale in (1, 2, 4, 8) if picture.width * picture.height <= _MOST_READ * scale**2)
        picture.draft("L", (picture.width // scale, picture.height // scale))
    else:
        limit = _MOST_UNSCALED
    if picture.width * picture.height > limit:
        return
    for number in _MOST_FRAMES if getattr(picture, "is_animated", False) else (0,):
        try:
            picture.seek(number)
        except EOFError:
            return
        yield picture


def _to_grey(picture: Picture) -> Picture:
    """Return a picture in shades of grey, of at most five million pixels."""
    from PIL import Image

    if picture.mode.startswith(("I", "F")):
        picture = _to_8_bits(picture)
    if picture.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        ground = Image.new("RGBA", layer.size, (128, 128, 128, 255))  # under dark codes as well as under light ones
        picture = Image.alpha_composite(ground, layer)
    grey = picture if picture.mode == "L" else picture.convert("L")
    scale = next(scale for scale in range(1, 100) if grey.width * grey.height <= _MOST_READ * scale**2)
    return grey.reduce(scale) if scale > 1 else grey


def _to_8_bits(picture: Picture) -> Picture:
    """Return a picture of 16 or 32 bits with the range of its values spread over 8."""
    import numpy as np
    from PIL import Image

    values: Any = np.nan_to_num(np.asarray(picture).astype(np.float32))
    low, high = float(values.min()), float(values.max())
    return Image.fromarray(((values - low) * (255 / max(high - low, 1e-9))).astype(np.uint8))
