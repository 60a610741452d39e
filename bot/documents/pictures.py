"""Pictures → text: what is written on them, and what their QR codes say; text needs the extra `pictures`."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from bot.documents.model import Converted, DocumentError
from bot.moderation.pictures import codes_in

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

NOT_INSTALLED = "是图片，这里没有装识图功能，请直接把文字发出来"
_LARGEST_SIDE = 2400  # pixels; phones take pictures four times as large, whose letters are no easier to read
_MOST_PIXELS = 80_000_000
_SURE = 0.6  # of 1; what is recognised below it is noise
_SAME_LINE = 0.6  # of a letter's height: boxes that close together stand on one line


def read_picture(data: bytes) -> Converted:
    """Return the text on a picture and the text of its QR codes, which nobody opens.

    Raises:
        DocumentError: it is no picture, there is nothing to read on it, or the extra is not installed and no
            code is on it.
    """
    picture = _open(data)
    codes, lines = codes_in(picture), _read_lines(picture)
    if lines is None and not codes:
        raise DocumentError(NOT_INSTALLED)
    parts = [*(lines or []), *(f"二维码：{code.text}" for code in codes)]
    if not parts:
        raise DocumentError("上没有认出文字，请发清楚一点的图，或者把文字发出来")
    return Converted(title=lines[0][:60] if lines else "", text="\n".join(parts))


def _open(data: bytes) -> Picture:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    try:
        picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP", "BMP"))
        if picture.width * picture.height > _MOST_PIXELS:
            raise DocumentError(f"有 {picture.width}×{picture.height} 像素，太大了，请截小一点再试")
        turned = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DocumentError("不是完整的图片，请重新传一份") from error
    turned.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
    return turned


def _read_lines(picture: Picture) -> list[str] | None:
    """Return the lines of text from the top down; None when nothing here can read them."""
    try:
        import numpy as np
        from rapidocr import RapidOCR
    except ImportError:
        return None
    found = RapidOCR(params={"Global.log_level": "error"})(np.asarray(picture)[:, :, ::-1])
    if found.boxes is None:
        return []
    words = [
        (float(box[:, 1].mean()), float(box[:, 0].min()), float(np.ptp(box[:, 1])), text)
        for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
        if score >= _SURE
    ]
    return _put_together(sorted(words))


def _put_together(words: list[tuple[float, float, float, str]]) -> list[str]:
    """Return words (middle, left, height, text) as lines."""
    lines: list[list[tuple[float, float, float, str]]] = []
    for word in words:
        if lines and word[0] - lines[-1][0][0] < lines[-1][0][2] * _SAME_LINE:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [" ".join(word[3] for word in sorted(line, key=lambda word: word[1])) for line in lines]
