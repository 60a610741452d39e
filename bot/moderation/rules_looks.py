"""What each kind of rule looks for in a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from bot.moderation.links import SHORTENERS, check_domain, is_within
from bot.moderation.postings import find_job, find_project
from bot.moderation.rules_model import Rule
from bot.moderation.rules_text import Allowed, Hit, Text
from bot.moderation.sights import CONTACTS

Look = Callable[[Text], Iterator[Hit]]
"""Finds what breaks one rule in a text."""


def make_look(name: str, rule: Rule) -> Look | None:
    """Return what looks at texts for a rule; None for rules that look at other things, or at all texts at once."""
    maker = _MAKERS.get(rule.kind)
    return maker(name, rule) if maker else None


def _links(name: str, rule: Rule) -> Look:
    deny, allow = (frozenset(map(check_domain, listed)) for listed in (rule.deny, rule.allow))
    is_short, is_any = bool(rule["shorteners"]), not deny and not rule["shorteners"]

    def look(text: Text) -> Iterator[Hit]:
        for link in text.links:
            if is_within(link.domain, allow):
                continue
            said = ""
            if is_short and is_within(link.domain, SHORTENERS):
                said = "看不出通向哪里的短链接"
            elif is_within(link.domain, deny):
                said = "不允许的链接"
            elif is_any:
                said = "链接"
            if said:
                evidence, span = text.quote(link.start, link.end)
                yield Hit(name, f"发了{said}「{evidence}」", evidence, span)
                return

    return look


def _contacts(name: str, rule: Rule) -> Look:
    wanted, allowed = rule["contacts"], Allowed(rule)

    def look(text: Text) -> Iterator[Hit]:
        for contact in text.contacts:
            if contact.kind == "invitation" or (wanted and contact.kind not in wanted):
                continue
            evidence, span = text.quote(contact.start, contact.end)
            if not allowed.names(evidence):
                yield Hit(name, f"留了{CONTACTS[contact.kind]}「{evidence}」", evidence, span)
                return

    return look


def _invitations(name: str, _rule: Rule) -> Look:
    def look(text: Text) -> Iterator[Hit]:
        for contact in text.contacts:
            if contact.kind == "invitation":
                evidence, span = text.quote(contact.start, contact.end)
                yield Hit(name, f"拉人进别的群「{evidence}」", evidence, span)
                return

    return look


def _newcomers(name: str, rule: Rule) -> Look:
    what = rule["what"]

    def look(text: Text) -> Iterator[Hit]:
        for contact in text.contacts:
            kind = "invitation" if contact.kind == "invitation" else "contact"
            if kind in what:
                evidence, span = text.quote(contact.start, contact.end)
                said = "拉人进别的群" if kind == "invitation" else f"留{CONTACTS[contact.kind]}"
                yield Hit(name, f"刚进群就{said}「{evidence}」", evidence, span)
                return
        if "link" in what and text.links:
            evidence, span = text.quote(text.links[0].start, text.links[0].end)
            yield Hit(name, f"刚进群就发链接「{evidence}」", evidence, span)

    return look


def _length(name: str, rule: Rule) -> Look:
    most_characters, most_lines = rule["characters"], rule["lines"]

    def look(text: Text) -> Iterator[Hit]:
        lines = text.raw.count("\n") + 1
        if len(text.raw) >= most_characters:
            yield Hit(name, f"一条消息有 {len(text.raw)} 个字")
        elif most_lines and lines >= most_lines:
            yield Hit(name, f"一条消息有 {lines} 行")

    return look


def _jobs(name: str, _rule: Rule) -> Look:
    def look(text: Text) -> Iterator[Hit]:
        if found := find_job(text.revealed.text):
            evidence, span = text.quote(*found)
            yield Hit(name, f"像是招聘信息「{evidence}」", evidence, span)

    return look


def _projects(name: str, _rule: Rule) -> Look:
    def look(text: Text) -> Iterator[Hit]:
        if found := find_project(text.revealed.text, has_link=bool(text.links)):
            evidence, span = text.quote(*found)
            yield Hit(name, f"像是在推广项目「{evidence}」", evidence, span)

    return look


_MAKERS: Final[dict[str, Callable[[str, Rule], Look]]] = {
    "link": _links,
    "contact": _contacts,
    "invitation": _invitations,
    "newcomer": _newcomers,
    "length": _length,
    "job": _jobs,
    "project": _projects,
}
