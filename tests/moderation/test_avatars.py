"""Fingerprints of avatars: copies are found whatever was done to them, different ones and flat ones never."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from bot.moderation import avatars
from bot.moderation.avatars import AvatarPrint, take_print
from tests.moderation.drawn_avatars import CHANGES, KINDS, SIDE, face, jpeg, letters, nobody, plain

pytestmark = pytest.mark.slow

SEED = "held out"


def drawn(each: int) -> list[tuple[str, Image.Image]]:
    """Return so many pictures of each kind."""
    return [(kind.__name__, kind(random.Random(f"{SEED}/{kind.__name__}/{n}"))) for kind in KINDS for n in range(each)]


def print_of(picture: Image.Image) -> AvatarPrint:
    taken = take_print(jpeg(picture))
    assert taken is not None
    return taken


@pytest.mark.slow  # a thousand pictures
def test_a_copy_is_found_whatever_was_done_to_it() -> None:
    made, found = Counter[str](), Counter[str]()
    for number, (_, picture) in enumerate(drawn(12)):
        original, chance = take_print(jpeg(picture, 92)), random.Random(number)
        if original is None:  # a small letter
            continue
        for change in CHANGES:
            copy = take_print(jpeg(change(picture, chance), chance.randrange(30, 96)))
            made[change.__name__] += 1
            found[change.__name__] += copy is not None and original.is_like(copy)
    assert found.total() >= 0.97 * made.total()
    assert {name for name in made if found[name] < 0.93 * made[name]} == set()


@pytest.mark.slow  # forty thousand pairs
def test_different_pictures_are_not_alike() -> None:
    prints = [taken for _, picture in drawn(40) if (taken := take_print(jpeg(picture)))]
    pairs = list(combinations(prints, 2))
    assert len(pairs) > 25_000
    assert sum(one.is_like(other) for one, other in pairs) <= 0.001 * len(pairs)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_likeness_goes_both_ways_and_a_copy_is_like_itself(kind) -> None:
    prints = [taken for n in range(12) if (taken := take_print(jpeg(kind(random.Random(n)))))]
    first, second, *_ = prints
    assert first.is_like(first)
    assert all(one.is_like(other) == other.is_like(one) for one, other in combinations(prints, 2))
    assert not first.is_like(second)


def test_the_same_drawing_in_other_colours_is_another_picture() -> None:
    picture = face(random.Random(5))
    blue = Image.merge("RGB", picture.split()[::-1])
    assert not print_of(picture).is_like(print_of(blue))


def test_flat_pictures_have_no_fingerprint() -> None:
    dot = plain((40, 120, 200))
    ImageDraw.Draw(dot).ellipse((140, 140, 180, 180), fill=(250, 250, 250))
    scribble = plain((255, 255, 255))
    ImageDraw.Draw(scribble).rectangle((60, 60, 260, 130), fill=(10, 10, 10))
    for flat in (nobody(), dot, scribble, plain((7, 193, 96)), plain((255, 255, 255))):
        for quality in (35, 90):
            assert take_print(jpeg(flat, quality)) is None
            assert take_print(jpeg(flat.resize((96, 96)), quality)) is None


def test_large_letters_in_colour_have_one() -> None:
    assert sum(take_print(jpeg(letters(random.Random(n)))) is not None for n in range(30)) >= 15


def file_of(picture: Image.Image, kind: str, **options: object) -> bytes:
    kept = io.BytesIO()
    picture.save(kept, kind, **options)
    return kept.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP"])
def test_every_format_gives_the_same(kind: str) -> None:
    picture = face(random.Random(3))
    taken = take_print(file_of(picture, kind))
    assert taken is not None
    assert taken.is_like(print_of(picture))


def test_of_a_moving_picture_the_first_frame_counts() -> None:
    first, second = face(random.Random(3)), face(random.Random(4))
    taken = take_print(file_of(first, "GIF", save_all=True, append_images=[second] * 40))
    assert taken is not None
    assert taken.is_like(print_of(first))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "CMYK", "I;16", "F"])
def test_every_mode_is_read_or_passed_over(mode: str) -> None:
    kind = "TIFF" if mode == "F" else "JPEG" if mode == "CMYK" else "PNG"
    source = face(random.Random(3)).convert("L") if mode in {"I;16", "F"} else face(random.Random(3))
    take_print(file_of(source.convert(mode), kind))


def huge_png(side: int) -> bytes:
    """Return a small file of a large picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side // 8 + 1) * side), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_files_made_to_hurt_have_none() -> None:
    whole = jpeg(face(random.Random(3)))
    broken = [b"", b"GIF89a", b"\xff\xd8\xff", whole[:200], huge_png(8000), huge_png(15_000)]
    assert [take_print(data) for data in broken] == [None] * len(broken)
    assert take_print(whole + bytes(avatars.LARGEST_AVATAR)) is None


@pytest.mark.parametrize("seed", range(60))
def test_damaged_files_never_raise(seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(file_of(face(chance).resize((96, 96)), chance.choice(["PNG", "WEBP", "GIF", "BMP", "JPEG"])))
    for _ in range(chance.randrange(1, 30)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    take_print(bytes(data[: chance.randrange(len(data))] if chance.random() < 0.3 else data))


def test_thin_pictures_are_read() -> None:
    strip = Image.fromarray(np.random.default_rng(1).integers(0, 255, (2, 2000, 3), dtype=np.uint8))
    take_print(file_of(strip, "PNG"))
    assert take_print(file_of(strip.crop((0, 0, 1, 1)), "PNG")) is None
    assert SIDE > 1
