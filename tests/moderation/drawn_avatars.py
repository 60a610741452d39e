"""Draws avatars of many kinds and changes copies of them as people do who want to look like somebody else."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

SIDE = 320
Picture = Image.Image
Chance = random.Random


def colour(chance: Chance) -> tuple[int, int, int]:
    return chance.randrange(256), chance.randrange(256), chance.randrange(256)


def plain(ground: tuple[int, int, int]) -> Picture:
    return Image.new("RGB", (SIDE, SIDE), ground)


def gradient(chance: Chance) -> Picture:
    corners = np.array([[colour(chance), colour(chance)], [colour(chance), colour(chance)]], dtype=np.uint8)
    picture = Image.fromarray(corners).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    if chance.random() < 0.5:
        x, y, size = chance.randrange(SIDE), chance.randrange(SIDE), chance.randrange(30, 120)
        ImageDraw.Draw(picture).ellipse((x - size, y - size, x + size, y + size), fill=colour(chance))
    return picture


def shapes(chance: Chance) -> Picture:
    picture = plain(colour(chance))
    draw = ImageDraw.Draw(picture)
    for _ in range(chance.randrange(3, 9)):
        x, y = chance.randrange(SIDE), chance.randrange(SIDE)
        w, h = chance.randrange(15, 100), chance.randrange(15, 100)
        kind = chance.randrange(3)
        if kind == 0:
            draw.ellipse((x - w, y - h, x + w, y + h), fill=colour(chance))
        elif kind == 1:
            draw.rectangle((x - w, y - h, x + w, y + h), fill=colour(chance))
        else:
            draw.polygon([(chance.randrange(SIDE), chance.randrange(SIDE)) for _ in range(3)], fill=colour(chance))
    return picture


def texture(chance: Chance) -> Picture:
    rolled = np.random.default_rng(chance.randrange(2**32))
    out = np.zeros((SIDE, SIDE, 3))
    for octave in range(2, 7):
        noise = rolled.normal(size=(2**octave, 2**octave, 3)).astype(np.float32) * 1.6**-octave
        for part in range(3):
            out[..., part] += np.asarray(Image.fromarray(noise[..., part]).resize((SIDE, SIDE)))
    mixed = out @ (np.eye(3) * 0.5 + np.ones((3, 3)) / 6)
    mixed = (mixed - mixed.mean()) / mixed.std() * chance.uniform(35, 60)
    return Image.fromarray((mixed + [chance.randrange(70, 190) for _ in range(3)]).clip(0, 255).astype(np.uint8))


def face(chance: Chance) -> Picture:
    picture = plain(colour(chance))
    draw = ImageDraw.Draw(picture)
    x, y = SIDE // 2 + chance.randrange(-20, 21), SIDE // 2 + chance.randrange(-15, 26)
    w, h, hair = chance.randrange(75, 115), chance.randrange(90, 130), colour(chance)
    skin = (chance.randrange(180, 256), chance.randrange(140, 220), chance.randrange(110, 190))
    wide = w + chance.randrange(5, 45)
    draw.ellipse((x - wide, y - h - chance.randrange(10, 45), x + wide, y + chance.randrange(0, h + 40)), fill=hair)
    draw.rectangle((x - w - 30, y + h - 10, x + w + 30, SIDE), fill=colour(chance))
    draw.ellipse((x - w, y - h, x + w, y + h), fill=skin)
    draw.pieslice((x - w, y - h - 5, x + w, y - h + 2 * chance.randrange(10, 70) + 10), 180, 360, fill=hair)
    apart, size = chance.randrange(28, 50), chance.randrange(6, 18)
    for eye in (x - apart, x + apart):
        draw.ellipse((eye - size, y - 15 - size, eye + size, y - 15 + size), fill=colour(chance))
    mouth = chance.randrange(15, 55)
    draw.chord((x - mouth, y + 20, x + mouth, y + 50 + chance.randrange(40)), 0, 180, fill=(180, 40, 50))
    return picture


def letters(chance: Chance) -> Picture:
    picture = plain(colour(chance))
    word = "".join(chance.choice("ABCDEFGHKMNPQRSTWXYZ023456789") for _ in range(chance.choice((1, 2, 3))))
    font = ImageFont.load_default(size={1: 300, 2: 210, 3: 150}[len(word)])
    ImageDraw.Draw(picture).text((SIDE / 2, SIDE / 2), word, font=font, fill=colour(chance), anchor="mm")
    return picture


def landscape(chance: Chance) -> Picture:
    top, bottom, down = np.array(colour(chance)), np.array(colour(chance)), np.linspace(0, 1, SIDE)[:, None, None]
    sky = top * (1 - down) + bottom * down + np.zeros((SIDE, SIDE, 1))
    picture = Image.fromarray(sky.astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    x, y, size = chance.randrange(SIDE), chance.randrange(SIDE // 2), chance.randrange(15, 50)
    draw.ellipse((x - size, y - size, x + size, y + size), fill=colour(chance))
    for number in range(chance.randrange(1, 4)):
        height = SIDE * (0.4 + 0.2 * number) + chance.randrange(-30, 30)
        ridge = [(step * SIDE / 8, height + chance.randrange(-50, 50)) for step in range(9)]
        draw.polygon([(0, SIDE), *ridge, (SIDE, SIDE)], fill=colour(chance))
    soft = np.asarray(picture.filter(ImageFilter.GaussianBlur(chance.uniform(0, 4))))
    grain = np.random.default_rng(chance.randrange(2**32)).normal(size=(SIDE, SIDE, 1)) * chance.uniform(0, 12)
    return Image.fromarray((soft + grain).clip(0, 255).astype(np.uint8))


def lights(chance: Chance) -> Picture:
    picture = plain(colour(chance))
    draw = ImageDraw.Draw(picture)
    for _ in range(chance.randrange(6, 16)):
        x, y = chance.randrange(SIDE), chance.randrange(SIDE)
        w, h = chance.randrange(20, 110), chance.randrange(20, 110)
        draw.ellipse((x - w, y - h, x + w, y + h), fill=colour(chance))
    return picture.filter(ImageFilter.GaussianBlur(chance.uniform(4, 18)))


KINDS: list[Callable[[Chance], Picture]] = [gradient, shapes, texture, face, letters, landscape, lights]


def nobody() -> Picture:
    """What WeChat shows of an account that never set a picture: a light figure on grey."""
    picture = plain((214, 214, 214))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((110, 60, 210, 170), fill=(245, 245, 245))
    draw.ellipse((40, 180, 280, 420), fill=(245, 245, 245))
    return picture


# ---- what is done to a copy


def resize(picture: Picture, chance: Chance) -> Picture:
    side = chance.randrange(64, 641)
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def cut(picture: Picture, chance: Chance) -> Picture:
    left, top, right, bottom = (int(picture.width * chance.uniform(0.02, 0.06)) for _ in range(4))
    return picture.crop((left, top, picture.width - right, picture.height - bottom))


def frame(picture: Picture, chance: Chance) -> Picture:
    return ImageOps.expand(picture, int(picture.width * chance.uniform(0.02, 0.06)), colour(chance))


def light(picture: Picture, chance: Chance) -> Picture:
    lit = ImageEnhance.Brightness(picture).enhance(chance.uniform(0.75, 1.25))
    return ImageEnhance.Contrast(lit).enhance(chance.uniform(0.75, 1.3))


def tint(picture: Picture, chance: Chance) -> Picture:
    return Image.blend(picture, Image.new("RGB", picture.size, colour(chance)), chance.uniform(0.04, 0.12))


def mirror(picture: Picture, chance: Chance) -> Picture:
    return ImageOps.mirror(picture)


def badge(picture: Picture, chance: Chance) -> Picture:
    picture = picture.copy()
    size = picture.width * chance.uniform(0.12, 0.22)
    x, y = (chance.choice((0, picture.width - size)) for _ in range(2))
    ImageDraw.Draw(picture).ellipse((x, y, x + size, y + size), fill=colour(chance))
    return picture


def few_colours(picture: Picture, chance: Chance) -> Picture:
    return picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=64).convert("RGB")


def two_at_once(picture: Picture, chance: Chance) -> Picture:
    first, second = chance.sample([resize, cut, light, tint, badge, mirror], 2)
    return second(first(picture, chance), chance)


def nothing(picture: Picture, chance: Chance) -> Picture:
    return picture


CHANGES: list[Callable[[Picture, Chance], Picture]] = [
    nothing, resize, cut, frame, light, tint, mirror, badge, few_colours, two_at_once,
]  # fmt: skip


def jpeg(picture: Picture, quality: int = 90) -> bytes:
    """Return a picture as a file, as WeChat keeps it."""
    kept = io.BytesIO()
    picture.convert("RGB").save(kept, "JPEG", quality=quality)
    return kept.getvalue()
