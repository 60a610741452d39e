"""What rules say about what hangs on a message: contact cards, mini-programs, QR codes in pictures, files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from bot.moderation.model import Said
from bot.moderation.pictures import CodeKind, kind_of_code
from bot.moderation.rules_model import Rule
from bot.moderation.rules_text import Allowed, Hit, shorten
from bot.moderation.sights import attachment_of

_CHINESE: Final = {"card": "名片", "mini_program": "小程序", "picture": "图片", "file": "文件"}
Attached = Callable[[Said], Iterator[Hit]]
"""Finds what breaks one rule in what hangs on a message."""


def make_attached(name: str, rule: Rule) -> Attached | None:
    """Return what looks at attachments for a rule; None for rules that do not."""
    maker = _MAKERS.get(rule.kind)
    return maker(name, rule) if maker else None


def _cards(name: str, _rule: Rule) -> Attached:
    def look(said: Said) -> Iterator[Hit]:
        if attachment_of(said) == "card":
            yield Hit(name, "发了名片")

    return look


def _mini_programs(name: str, rule: Rule) -> Attached:
    allowed = Allowed(rule)

    def look(said: Said) -> Iterator[Hit]:
        if attachment_of(said) == "mini_program" and not allowed.names(said.text):
            yield Hit(name, "发了小程序")

    return look


def _codes(name: str, rule: Rule) -> Attached:
    wanted, allowed = rule["codes"], Allowed(rule)

    def look(said: Said) -> Iterator[Hit]:
        for code in said.codes:
            kind = kind_of_code(code)
            if (not wanted or kind.value in wanted) and not allowed.names(code):
                yield Hit(name, f"图片里有{kind.words}", shorten(code))
                return

    return look


def _invitations(name: str, _rule: Rule) -> Attached:
    def look(said: Said) -> Iterator[Hit]:
        for code in said.codes:
            kind = kind_of_code(code)
            if kind in {CodeKind.WEIXIN_GROUP, CodeKind.OTHER_GROUP}:
                yield Hit(name, f"拉人进别的群，图片里有{kind.words}", shorten(code))
                return

    return look


def _newcomers(name: str, rule: Rule) -> Attached:
    what = rule["what"]

    def look(said: Said) -> Iterator[Hit]:
        kind = attachment_of(said)
        if said.codes and "code" in what:
            code = said.codes[0]
            yield Hit(name, f"刚进群就发{kind_of_code(code).words}", shorten(code))
        elif kind in what and not said.codes:
            yield Hit(name, f"刚进群就发{_CHINESE[kind]}")

    return look


_MAKERS: Final[dict[str, Callable[[str, Rule], Attached]]] = {
    "card": _cards,
    "mini_program": _mini_programs,
    "code": _codes,
    "invitation": _invitations,
    "newcomer": _newcomers,
}
