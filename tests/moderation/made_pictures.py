"""Pictures made for tests: QR codes as they meet people in a group, and pictures that have none."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import segno
from PIL import Image, ImageDraw, ImageFilter, ImageOps

GROUP = "https://weixin.qq.com/g/AwYAAMzVZ1fR3nQx7pLk2JtUe8sBcD"
PERSON = "https://u.wechat.com/EKxP3mV9tQ2sWn7LrZ4bYcA"
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def encode(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """Return a picture as a file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def code(
    text: str = GROUP, size: int = 0, scale: int = 6, *, dark: Any = BLACK, light: Any = WHITE, error: str = "m"
) -> Image.Image:
    """Return a QR code with its quiet zone; `size` is its side in pixels, otherwise `scale` pixels a module."""
    made = segno.make_qr(text, error=error, boost_error=False)
    matrix = np.array([list(row) for row in made.matrix_iter(scale=1, border=4)], bool)
    picture = np.where(matrix[..., None], np.array(dark, np.uint8), np.array(light, np.uint8)).astype(np.uint8)
    drawn = Image.fromarray(picture)
    side = drawn.width * scale
    if not size:
        return drawn.resize((side, side), Image.Resampling.NEAREST)
    return drawn.resize((side, side), Image.Resampling.NEAREST).resize((size, size), Image.Resampling.LANCZOS)


def dots(text: str = GROUP, scale: int = 10) -> Image.Image:
    """Return a QR code of round modules, as WeChat and design tools draw them."""
    made = segno.make_qr(text, error="h", boost_error=False)
    matrix = [list(row) for row in made.matrix_iter(scale=1, border=4)]
    side = len(matrix)
    picture = Image.new("RGB", (side * scale, side * scale), WHITE)
    draw = ImageDraw.Draw(picture)
    for y, row in enumerate(matrix):
        for x, is_dark in enumerate(row):
            if is_dark:
                is_finder = (x < 11 and y < 11) or (x >= side - 11 and y < 11) or (x < 11 and y >= side - 11)
                box = (x * scale, y * scale, x * scale + scale - 1, y * scale + scale - 1)
                (draw.rectangle if is_finder else draw.ellipse)(box, fill=BLACK)
    return picture


def scene(width: int, height: int, seed: int = 1) -> Image.Image:
    """Return something like a photograph: soft shapes of many colours with grain."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(0, 256, (max(2, height // 60), max(2, width // 60), 3), np.uint8)
    picture = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    grain = chance.normal(0, 8, (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8))


@cache
def poster(width: int = 1080, height: int = 1920, seed: int = 2) -> Image.Image:
    """Return a poster without a code: a coloured ground, boxes, bars of text, a picture."""
    chance = random.Random(seed)
    top, bottom = [np.array([chance.randrange(120, 256) for _ in range(3)], float) for _ in range(2)]
    share = np.linspace(0, 1, height)[:, None, None]
    ground = (top * (1 - share) + bottom * share) * np.ones((1, width, 1))
    picture = Image.fromarray(ground.astype(np.uint8))
    picture.paste(scene(width - 160, height // 4, seed), (80, height // 12))
    draw = ImageDraw.Draw(picture)
    for number in range(24):
        y = int(height * 0.38) + number * height // 60
        draw_text(draw, (90, y), chance.randrange(20, 60), height // 90, chance)
    for _ in range(6):
        x, y, side = chance.randrange(width), int(height * chance.uniform(0.35, 0.8)), chance.randrange(20, 60)
        draw.rectangle((x, y, x + side, y + side), fill=tuple(chance.randrange(256) for _ in range(3)))
    return picture


def draw_text(draw: ImageDraw.ImageDraw, at: tuple[int, int], count: int, size: int, chance: random.Random) -> None:
    """Draw a line of something like Chinese characters: no font is needed for it."""
    x, y = at
    for number in range(count // 2):
        left = x + number * int(size * 1.15)
        for _ in range(chance.randrange(3, 7)):
            off = chance.randrange(size)
            is_flat = chance.random() < 0.5
            flat = (left, y + off, left + size - 2, y + off + 1)
            draw.rectangle(flat if is_flat else (left + off, y, left + off + 1, y + size - 2), fill=(30, 30, 40))


def _rotated(degrees: float) -> Image.Image:
    return code().rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=WHITE)


def _perspective() -> Image.Image:
    picture = ImageOps.expand(code(scale=9), 60, WHITE)
    side = picture.width
    corners = [(0, 0), (side, 0), (side, side), (0, side)]
    seen = [
        (side * 0.13, side * 0.05),
        (side * 0.93, side * 0.16),
        (side * 0.99, side * 0.92),
        (side * 0.02, side * 0.84),
    ]
    rows = [
        row
        for (x, y), (u, v) in zip(seen, corners, strict=True)
        for row in ([x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y])
    ]
    wanted = [value for corner in corners for value in corner]
    solved = np.linalg.solve(np.array(rows, float), np.array(wanted, float))
    return picture.transform(
        picture.size, Image.Transform.PERSPECTIVE, tuple(solved), Image.Resampling.BICUBIC, fillcolor=WHITE
    )


def _with_logo() -> Image.Image:
    picture = code(error="h", scale=8)
    logo = scene(picture.width // 5, picture.width // 5, 5)
    framed = ImageOps.expand(logo, 6, WHITE)
    at = (picture.width - framed.width) // 2
    picture.paste(framed, (at, at))
    return picture


def _noisy() -> Image.Image:
    chance = np.random.default_rng(7)
    values = np.asarray(code(scale=6)).astype(float) + chance.normal(0, 60, (1, 1, 1))
    values = values + chance.normal(0, 60, values.shape)
    spots = chance.random(values.shape[:2]) < 0.03
    values[spots] = 255 - values[spots]
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def _on_poster(size: int, width: int = 1080, height: int = 1920, **look: Any) -> Image.Image:
    picture = poster(width, height).copy()
    picture.paste(code(size=size, **look), (width - size - 70, height - size - 90))
    return picture


def _two() -> Image.Image:
    picture = poster().copy()
    picture.paste(code(GROUP, 300), (100, 1500))
    picture.paste(code(PERSON, 240), (700, 1540))
    return picture


def _screenshot() -> Image.Image:
    picture = Image.new("RGB", (828, 1792), (237, 237, 237))
    draw, chance = ImageDraw.Draw(picture), random.Random(3)
    draw.rectangle((0, 0, 828, 88), fill=(20, 20, 20))
    draw.rounded_rectangle((90, 380, 738, 1240), 24, fill=WHITE)
    draw_text(draw, (130, 430), 24, 30, chance)
    picture.paste(code(GROUP, 440), (194, 560))
    draw_text(draw, (130, 1060), 36, 24, chance)
    draw.rectangle((0, 1640, 828, 1792), fill=(247, 247, 247))
    return picture


def _shaded() -> Image.Image:
    picture = ImageOps.expand(code(scale=8), 50, WHITE)
    side = picture.width
    x, y = np.meshgrid(np.linspace(0, 1, side), np.linspace(0, 1, side))
    light = 0.25 + 0.75 / (1 + np.exp((x + 0.7 * y - 0.8) * 25))
    return Image.fromarray((np.asarray(picture) * light[..., None]).astype(np.uint8))


def _moved() -> Image.Image:
    """Return a code that moved while it was photographed."""
    picture = np.asarray(code(scale=8)).astype(float)
    return Image.fromarray(np.mean([np.roll(picture, shift, 1) for shift in range(7)], 0).astype(np.uint8))


def _see_through() -> Image.Image:
    picture = code(scale=6).convert("RGBA")
    alpha = ImageOps.invert(code(scale=6).convert("L"))
    picture.putalpha(alpha)
    return picture


def _photographed() -> Image.Image:
    """Return a photo of twelve million pixels with a code on a wall."""
    picture = scene(400, 300, 4).resize((4000, 3000))
    paper = ImageOps.expand(code(scale=14), 40, WHITE).rotate(7, Image.Resampling.BICUBIC, expand=True)
    picture.paste(paper, (2300, 1200))
    return picture


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    return encode(picture, "JPEG", quality=quality)


def _turned_by_exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encode(_on_poster(300).rotate(90, expand=True), "JPEG", quality=80, exif=exif)


def _inverted() -> Image.Image:
    return ImageOps.invert(code())


CONDITIONS: dict[str, Callable[[], bytes]] = {
    "80 pixels": lambda: encode(code(size=80)),
    "rotated by 15°": lambda: encode(_rotated(15)),
    "rotated by 45°": lambda: encode(_rotated(45)),
    "rotated by 90°": lambda: encode(_rotated(90)),
    "perspective": lambda: encode(_perspective()),
    "blurred": lambda: encode(code(scale=6).filter(ImageFilter.GaussianBlur(3.0))),
    "inverted": lambda: encode(_inverted()),
    "logo in the middle": lambda: encode(_with_logo()),
    "JPEG of quality 15": lambda: _jpeg(code(scale=4), 15),
    "low contrast": lambda: encode(code(dark=(150, 150, 150), light=(180, 180, 180))),
    "noise": lambda: encode(_noisy()),
    "on a poster": lambda: _jpeg(_on_poster(320), 75),
    "small on a poster of 1080": lambda: _jpeg(_on_poster(110), 80),
    "two codes": lambda: _jpeg(_two(), 75),
    "coloured": lambda: encode(code(dark=(190, 30, 60), light=(255, 236, 170))),
    "round modules": lambda: encode(dots()),
    "screenshot": lambda: encode(_screenshot()),
    "shadow": lambda: encode(_shaded()),
    "moved": lambda: encode(_moved()),
    "inverted and small on a poster": lambda: _jpeg(_on_poster(150, dark=WHITE, light=(20, 30, 60)), 80),
    "see-through": lambda: encode(_see_through()),
    "photo of 12 million pixels": lambda: _jpeg(_photographed(), 85),
    "turned by EXIF": _turned_by_exif,
    "GIF": lambda: encode(code(), "GIF"),
    "WebP": lambda: encode(_on_poster(300), "WEBP", quality=60, method=0),
    "CMYK": lambda: encode(_on_poster(300).convert("CMYK"), "JPEG", quality=80),
    "16 bits": lambda: encode(Image.fromarray(np.asarray(code().convert("L")).astype(np.uint16) * 257)),
    "black and white": lambda: encode(code().convert("1")),
    "palette": lambda: encode(_screenshot().convert("P")),
    "mirrored": lambda: encode(ImageOps.mirror(code())),
}
"""What may be done to a code that people can still read with their phones; two contain PERSON besides GROUP."""


def stripes(seed: int) -> Image.Image:
    """Return something like a bar code on a photograph."""
    chance = random.Random(seed)
    picture = scene(640, 480, seed)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((60, 100, 580, 320), fill=WHITE)
    x = 80
    while x < 560:
        width = chance.randrange(1, 5) * 2
        draw.rectangle((x, 120, x + width - 1, 300), fill=BLACK)
        x += width + chance.randrange(1, 5) * 2
    return picture


def chequered(seed: int) -> Image.Image:
    """Return squares as on a board or a noisy texture, nearly what a code looks like."""
    chance = np.random.default_rng(seed)
    size = int(chance.integers(15, 60))
    cells = (chance.random((size, size)) < 0.5).astype(np.uint8) * 255
    return Image.fromarray(cells).resize((480, 480), Image.Resampling.NEAREST)


def page(seed: int) -> Image.Image:
    """Return a page of text."""
    chance = random.Random(seed)
    picture = Image.new("RGB", (720, 960), WHITE)
    draw = ImageDraw.Draw(picture)
    for number in range(30):
        draw_text(draw, (40, 30 + number * 30), chance.randrange(20, 52), 22, chance)
    return picture


def rings(seed: int) -> Image.Image:
    """Return concentric squares: finder marks without a code."""
    chance = random.Random(seed)
    picture = Image.new("RGB", (600, 600), WHITE)
    draw = ImageDraw.Draw(picture)
    for _ in range(9):
        unit = chance.randrange(4, 12)
        x, y = chance.randrange(500), chance.randrange(500)
        for edge, fill in ((0, BLACK), (1, WHITE), (2, BLACK)):
            box = (x + edge * unit, y + edge * unit, x + (7 - edge) * unit - 1, y + (7 - edge) * unit - 1)
            draw.rectangle(box, fill=fill)
    return picture


WITHOUT: Sequence[Callable[[int], Image.Image]] = (
    lambda seed: scene(720, 540, seed), stripes, chequered, page, rings, lambda seed: poster(540, 960, seed),
    lambda seed: code().crop((0, 0, 120 + seed % 7, 250)),
)  # fmt: skip
"""Pictures without a code; a cut code is none."""


def bomb(side: int = 30_000) -> bytes:
    """Return a PNG of a few bytes that says it has `side`² pixels."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(100_000))), (b"IEND", b""))
    made = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)
