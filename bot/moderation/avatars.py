"""Avatars made to look like the owner's or an admin's: fingerprints of pictures that outlive what is done to a copy.

A fingerprint is, of the whole picture and of smaller and smaller insides of it, a difference hash (which of two
neighbours of an 8 x 8 raster is the lighter one: 64 bits), that of the mirrored picture, and the colours of a 4 x 4
raster without their lightness. A copy that was cut or framed agrees with the inside that is left of both.

The limits were chosen on 280 drawn pictures of seven kinds (gradients, shapes, textures, faces, letters, landscapes,
blurred lights), each changed in ten ways and saved as a JPEG of quality 30 to 95: of another size, cut or framed by 2
to 6 %, lighter or darker, tinted, mirrored, with a badge, in 64 colours, two of these at once. At 9 of 64 bits and a
colour distance of 14, 99.5 % of the copies were found, and 3 of 37,950 pairs of different pictures were alike; on
others, not looked at before, 98.9 % (of the lighter and darker ones, the hardest, 97 %) and 8 of 85,905, most of them
letters on one ground. 8 bits find fewer landscapes and spare hardly a pair; a colour distance of 16 lets more than
twice as many faces of one layout pass. `tests/moderation/test_avatars.py` measures it again. No photographs were at
hand, and people do choose the same picture: what is found is shown to a person, and nothing follows from it alone.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.moderation.pictures import BROKEN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image as Picture

LARGEST_AVATAR: Final = 2_000_000
"""Bytes; WeChat's own are below 200 kB."""
_MOST_PIXELS: Final = 16_000_000  # 4000 x 4000, decoded 50 MB for a moment; WeChat's own have 1080 x 1080 at most
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
_SIDE: Final = 128  # pixels; all that is measured is coarser
_RASTER: Final = 8
_COLOURS: Final = 4
_INSETS: Final = (0.0, 0.025, 0.05, 0.09)  # of each edge; two of them differ by what one cut of 2 to 6 % takes
_MOST_BITS: Final = 9
_MOST_COLOUR: Final = 14.0
_FLAT: Final = 8.0  # of 255: how far an even ground strays, noise and shading included
_EVEN_SHARE: Final = 0.9  # of a picture in one colour: a small sign on an even ground
_TWO_SHARE: Final = 0.9  # in two shades without colour: the avatar of who has none, black letters on white
_NEAR: Final = 20  # of 255: one colour, compressed
_GREY: Final = 20  # of 255: red, green and blue differ by no more


Colours = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class View:
    """A picture, or the inside of it.

    Attributes:
        shape: 64 bits.
        mirrored: the same of the mirrored picture.
        colours: blue parts of the colours of the raster, row by row, then the red ones.
    """

    shape: int
    mirrored: int
    colours: Colours

    def is_like(self, other: View) -> bool:
        """Whether one looks like the other, as it is or mirrored."""
        if _agree(self.shape, other.shape) and _are_near(self.colours, other.colours):
            return True
        # Both, since turning round and comparing are not quite the same where a picture is even.
        if not (_agree(self.shape, other.mirrored) and _agree(self.mirrored, other.shape)):
            return False
        return _are_near(self.colours, tuple(row[::-1] for row in other.colours))


@dataclass(frozen=True, slots=True)
class AvatarPrint:
    """What is left of an avatar: too little to draw it again.

    Attributes:
        views: the whole picture, then smaller and smaller insides of it.
    """

    views: tuple[View, ...]

    def is_like(self, other: AvatarPrint) -> bool:
        """Whether one picture looks like a copy of the other."""
        return any(mine.is_like(theirs) for mine in self.views for theirs in other.views)


def _agree(one: int, other: int) -> bool:
    return (one ^ other).bit_count() <= _MOST_BITS


def _are_near(one: Colours, other: Colours) -> bool:
    pairs = [pair for ours, theirs in zip(one, other, strict=True) for pair in zip(ours, theirs, strict=True)]
    return sum(abs(mine - theirs) for mine, theirs in pairs) <= _MOST_COLOUR * len(pairs)


def take_print(data: bytes) -> AvatarPrint | None:
    """Return the fingerprint of a picture; None when it has none.

    Flat pictures have none, since they look like everybody's: one colour, a small sign on an even ground, and what is
    drawn in two shades of grey, as the avatar of an account that never set one. Neither have files that are no picture
    or made to hurt; of a moving picture the first frame counts. Never raises. It takes some 5 ms: call it in a thread.

    Args:
        data: a JPEG, PNG, WebP, GIF or BMP file.
    """
    from PIL.Image import DecompressionBombError

    if len(data) > LARGEST_AVATAR:
        return None
    try:
        picture = _read(data)
        return None if picture is None or _is_flat(picture) else _take(picture)
    except (*BROKEN, DecompressionBombError):
        return None


def _read(data: bytes) -> Picture | None:
    """Return a picture in a small square; None when it is too large to decode.

    Raises:
        OSError and others: see `bot.moderation.pictures.BROKEN`.
    """
    from PIL import Image

    picture: Picture = Image.open(io.BytesIO(data), formats=_FORMATS)
    if picture.width * picture.height > _MOST_PIXELS:
        return None
    picture.draft("RGB", (_SIDE * 2, _SIDE * 2))  # does something to JPEGs only
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", layer.size, (255, 255, 255, 255)), layer)
    return picture.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BOX)


def _is_flat(picture: Picture) -> bool:
    import numpy as np

    pixels = np.asarray(picture).astype(np.int16).reshape(-1, 3)
    if float(pixels.std(axis=0).max()) < _FLAT:
        return True
    ground, share = _most_common(pixels)
    if share >= _EVEN_SHARE:
        return True
    rest = pixels[~_near(pixels, ground)]
    sign, of_rest = _most_common(rest)
    is_grey = all(int(colour.max() - colour.min()) <= _GREY for colour in (ground, sign))
    return is_grey and share + of_rest * (1 - share) >= _TWO_SHARE


def _most_common(pixels: NDArray[np.int16]) -> tuple[NDArray[np.int16], float]:
    """Return the most common colour, and which share of the pixels is near it."""
    import numpy as np

    coarse = pixels >> 4
    keys = (coarse[:, 0] * 16 + coarse[:, 1]) * 16 + coarse[:, 2]
    fullest = np.bincount(keys).argmax()
    colour: NDArray[np.int16] = np.median(pixels[keys == fullest], axis=0).astype(np.int16)
    return colour, float(_near(pixels, colour).mean())


def _near(pixels: NDArray[np.int16], colour: NDArray[np.int16]) -> NDArray[np.bool_]:
    import numpy as np

    near: NDArray[np.bool_] = np.abs(pixels - colour).max(axis=1) <= _NEAR
    return near


def _take(picture: Picture) -> AvatarPrint:
    light, *colours = picture.convert("YCbCr").split()
    return AvatarPrint(tuple(_view(light, colours, inset) for inset in _INSETS))


def _view(light: Picture, colours: Sequence[Picture], inset: float) -> View:
    raster = _raster(light, _RASTER + 1, _RASTER, inset)
    rows = [row for part in colours for row in _raster(part, _COLOURS, _COLOURS, inset).tolist()]
    return View(_hash(raster), _hash(raster[:, ::-1]), tuple(tuple(row) for row in rows))


def _raster(part: Picture, columns: int, rows: int, inset: float) -> NDArray[np.float32]:
    import numpy as np
    from PIL.Image import Resampling

    low, high = _SIDE * inset, _SIDE * (1 - inset)
    small: Any = part.resize((columns, rows), Resampling.BOX, box=(low, low, high, high))
    return np.asarray(small).astype(np.float32)


def _hash(raster: NDArray[np.float32]) -> int:
    """Return a bit for each two neighbours: whether the right one is the lighter."""
    import numpy as np

    return int.from_bytes(np.packbits(raster[:, 1:] > raster[:, :-1]).tobytes())
