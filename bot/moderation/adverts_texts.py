"""Our own training texts: messages made of written patterns, the same ones in every process."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Written:
    """One made message.

    Attributes:
        text: what it says.
        kind: which sort of advertisement or talk it is.
        is_advert: whether it is one.
        pattern: number of the pattern it was made of: those of one pattern resemble each other.
    """

    text: str
    kind: str
    is_advert: bool
    pattern: int


def write_texts(variants: int, seed: int = 6, *, wide: bool = False) -> list[Written]:
    """Make training texts.

    Args:
        variants: how many of each pattern at most; fewer where the pattern has no more.
        seed: of the choice.
        wide: also of the kinds of message that the development data lack.
    """
    made: list[Written] = []
    for is_advert, name in ((True, "ads"), (False, "talk")):
        lines = _lines(f"adverts_written_{name}.txt") + (_lines(f"adverts_written_wide_{name}.txt") if wide else [])
        made += _expand(lines, variants, seed, is_advert=is_advert)
    return made


def _lines(name: str) -> list[str]:
    return (_DATA / name).read_text("utf-8").splitlines()


def _expand(lines: Sequence[str], variants: int, seed: int, *, is_advert: bool) -> Iterator[Written]:
    lists: dict[str, str] = {}
    kind = ""
    for number, line in enumerate(lines):
        if line.startswith("$"):
            name, _, values = line.partition(" = ")
            lists[name] = values

        elif re.fullmatch(r"\[\w+\]", line):
            kind = line[1:-1]
        elif line and not line.startswith("#"):
            chance = random.Random(f"{seed} {is_advert} {line}")  # noqa: S311 - training texts, no secret
            texts = {fill(line, lists, chance): None for _ in range(variants)}
            yield from (Written(text, kind, is_advert, number) for text in texts)


def fill(pattern: str, lists: dict[str, str], chance: random.Random) -> str:
    r"""Make one message of a pattern.

    Args:
        pattern: `{a|b}` is one of them, `{$name}` one of a list, `{#name}` something made up, `\n` a line break; other
            braces are braces.
        lists: alternatives by `$name`.
        chance: what to choose by.
    """
    made, at = "", 0
    while (begin := pattern.find("{", at)) >= 0:
        end = _closing(pattern, begin)
        made += pattern[at:begin] + _choose(pattern[begin + 1 : end], lists, chance)
        at = end + 1
    return (made + pattern[at:]).replace("\\n", "\n")


def _choose(inside: str, lists: dict[str, str], chance: random.Random) -> str:
    if inside.startswith("#") and inside[1:] in _MADE_UP:
        return _MADE_UP[inside[1:]](chance)
    options = _split(lists.get(inside, inside))
    if len(options) == 1:
        return "{" + fill(inside, lists, chance) + "}"
    return fill(chance.choice(options), lists, chance)


def _closing(pattern: str, begin: int) -> int:
    depth = 0
    for at in range(begin, len(pattern)):
        depth += (pattern[at] == "{") - (pattern[at] == "}")
        if not depth:
            return at
    raise ValueError(f"a brace is open in {pattern}")


def _split(inside: str) -> list[str]:
    """Split at the bars that stand in no inner brace."""
    parts, depth = [""], 0
    for sign in inside:
        depth += (sign == "{") - (sign == "}")
        if sign == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choices(string.digits, k=count))


def _weixin(chance: random.Random) -> str:
    letters = "".join(chance.choices(string.ascii_lowercase, k=chance.randint(2, 7)))
    return letters + chance.choice(("", "_", "-")) + _digits(chance, chance.randint(3, 6))


def _url(chance: random.Random) -> str:
    name = "".join(chance.choices(string.ascii_lowercase + string.digits, k=chance.randint(3, 8)))
    top = chance.choice(("com", "cn", "net", "cc", "top", "xyz", "vip", "shop", "club", "com.cn"))
    path = chance.choice(("", "", f"/{_digits(chance, 3)}", f"/{name[:3]}", f"?i={_digits(chance, 4)}"))
    return chance.choice(("", "https://", "http://", "www.", "t.cn/", "http://dwz.cn/")) + f"{name}.{top}{path}"


_MADE_UP: Final[dict[str, Callable[[random.Random], str]]] = {
    "phone": lambda chance: f"1{chance.choice('3456789')}{_digits(chance, 9)}" if chance.random() < 0.8  # noqa: PLR2004
    else f"{_digits(chance, 4)}-{_digits(chance, 7)}",
    "qq": lambda chance: str(chance.randint(1, 9)) + _digits(chance, chance.randint(6, 9)),
    "weixin": _weixin,
    "small": lambda chance: str(chance.randint(1, 9)),
    "hundred": lambda chance: str(chance.randint(1, 9) * 100 + chance.choice((0, 0, 50, 88, 99, 28))),
    "price": lambda chance: f"{chance.randint(1, 99)}{chance.choice(('', '.9', '99'))}",
    "url": _url,
    "mail": lambda chance: f"hr{_digits(chance, 2)}@example.com",
}  # fmt: skip
