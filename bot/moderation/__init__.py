"""Judges what is said in a group, without storage or gateway: text, pictures, rules, the advertisement filter.

What plugins use is named in `_HOMES`; a part is imported when its name is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from bot.moderation.adverts import FALSE_ALARMS, Advert, AdvertFilter, Mark
    from bot.moderation.avatars import AvatarPrint, take_print
    from bot.moderation.contacts import Contact, find_contacts
    from bot.moderation.evasions import EVASIONS, MIXTURES, evade
    from bot.moderation.judging import Judge
    from bot.moderation.lookalikes import Lookalike, find_lookalike
    from bot.moderation.model import NOWHERE, Finding, Said, Span, VerdictAction, are_independent
    from bot.moderation.pictures import Code, CodeKind, kind_of_code, read_codes
    from bot.moderation.plain import fold_plainly
    from bot.moderation.reposts import KnownAdverts
    from bot.moderation.revealing import Revealed, reveal
    from bot.moderation.rules_hours import Hours, HoursList, parse_hours
    from bot.moderation.rules_model import Rule, Rules, parse_rule, shipped_rules
    from bot.moderation.topics import (
        WINDOW,
        Conversation,
        Drift,
        Heard,
        Theme,
        fit_theme,
        join_vectors,
        topic_text,
        usual_score,
    )
    from bot.moderation.topics_subjects import Subjects, sentences
    from bot.moderation.watching import RoomWatch

_HOMES: Final = {
    name: module
    for module, names in {
        "adverts": "FALSE_ALARMS Advert AdvertFilter Mark",
        "avatars": "AvatarPrint take_print",
        "contacts": "Contact find_contacts",
        "evasions": "EVASIONS MIXTURES evade",
        "plain": "fold_plainly",
        "pictures": "Code CodeKind kind_of_code read_codes",
        "reposts": "KnownAdverts",
        "revealing": "Revealed reveal",
        "judging": "Judge",
        "lookalikes": "Lookalike find_lookalike",
        "model": "NOWHERE Finding Said Span VerdictAction are_independent",
        "rules_hours": "Hours HoursList parse_hours",
        "rules_model": "Rule Rules parse_rule shipped_rules",
        "topics": "WINDOW Conversation Drift Heard Theme fit_theme join_vectors topic_text usual_score",
        "topics_subjects": "Subjects sentences",
        "watching": "RoomWatch",
    }.items()
    for name in names.split()
}

__all__ = [
    "EVASIONS", "FALSE_ALARMS", "MIXTURES", "NOWHERE", "WINDOW", "Advert", "AdvertFilter", "AvatarPrint", "Code",
    "CodeKind", "Contact", "Conversation", "Drift", "Finding", "Heard", "Hours", "HoursList", "Judge",
    "KnownAdverts", "Lookalike", "Mark", "Revealed", "RoomWatch", "Rule", "Rules", "Said", "Span", "Subjects",
    "Theme", "VerdictAction", "are_independent", "evade", "find_contacts", "find_lookalike", "fit_theme",
    "fold_plainly", "join_vectors", "kind_of_code", "parse_hours", "parse_rule", "read_codes", "reveal",
    "sentences", "shipped_rules", "take_print", "topic_text", "usual_score",
]  # fmt: skip


def __getattr__(name: str) -> Any:  # noqa: ANN401 - types come from the imports above
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value
