"""Names made to look like the owner's or an admin's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.moderation.revealing import Revealed, reveal

_LONG: Final = 3  # characters from which on two people hardly have the same name by chance
_NEAR: Final = 5  # characters from which on one other character is a trick rather than another name
_OFFICES: Final = ("群主", "管理员", "群管", "官方客服", "官方助手", "财务")
_ALWAYS_CLAIMED: Final = {"官方客服", "官方助手"}  # whoever comes after them: 「官方客服小美」
_SIDE_WORDS: Final = re.compile(
    "客服|助理|助手|小号|官方|本人|工作号|副号|大号|备用|微信|v|号|的|群主|管理员|群管|财务|老师"
)
_NO_CLAIM: Final = ("不是", "非", "想当", "想做", "找", "等", "催", "爱", "前", "未来", "@")
_SEPARATORS: Final = re.compile(r"[\W_]+")


class Trick(StrEnum):
    """How a name comes to look like another."""

    SAME = "一模一样"
    DISGUISED = "看起来一样"
    SOUND = "读音一样"
    NEAR = "只差一个字"
    ADDED = "只多了称呼"
    OFFICE = "自称"


@dataclass(frozen=True, slots=True)
class Lookalike:
    """What a name was made to look like.

    Attributes:
        name: the name that was looked at.
        leader: whose name it looks like; empty for an office that somebody claims.
        trick: how.
        office: the claimed office; empty otherwise.
    """

    name: str
    leader: str
    trick: Trick
    office: str = ""

    @property
    def reason(self) -> str:
        """Why, in Chinese."""
        if self.trick is Trick.OFFICE:
            return f"名字「{self.name}」自称{self.office}，但不是这个群的群主或管理员"
        return f"名字「{self.name}」和「{self.leader}」{self.trick}"


def find_lookalike(name: str, leaders: Iterable[str]) -> Lookalike | None:
    """Return whom the name of an ordinary member looks like; None when it is a name like any other.

    Two people may well share a short name, so an equal name of one or two characters says nothing; a disguised one
    does.

    Args:
        name: as the room shows it.
        leaders: the names of the owner, the admins and the bot.
    """
    own = _Name.of(name)
    if not own.skeleton:
        return None
    for leader in leaders:
        trick = _compare(own, _Name.of(leader))
        if trick is not None:
            return Lookalike(name, leader, trick)
    office = next((word for word in _OFFICES if _claims(own, word)), "")
    return Lookalike(name, "", Trick.OFFICE, office) if office else None


@dataclass(frozen=True, slots=True)
class _Name:
    plain: str
    revealed: Revealed
    skeleton: str

    @classmethod
    def of(cls, name: str) -> _Name:
        revealed = reveal(name[:100])
        plain = unicodedata.normalize("NFC", name).strip()
        return cls(plain, revealed, _SEPARATORS.sub("", revealed.text))

    @property
    def sounds(self) -> tuple[str, ...]:
        return tuple(_SEPARATORS.sub("", part) for part in self.revealed.sounds.syllables)


def _compare(own: _Name, leader: _Name) -> Trick | None:
    mine, theirs = own.skeleton, leader.skeleton
    if not theirs:
        return None
    is_long = len(theirs) >= _LONG
    if mine == theirs:
        if own.plain == leader.plain:
            return Trick.SAME if is_long else None
        return Trick.DISGUISED if is_long or own.revealed.disguise > leader.revealed.disguise else None
    if is_long and own.sounds == leader.sounds:
        return Trick.SOUND
    if len(theirs) >= _NEAR and _differ_by_one(mine, theirs):
        return Trick.NEAR
    rest = mine.replace(theirs, "", 1) if theirs in mine else ""
    return Trick.ADDED if rest and not _SIDE_WORDS.sub("", rest) else None


def _differ_by_one(one: str, other: str) -> bool:
    """Whether one character was changed, left out or put in."""
    if len(one) == len(other):
        return sum(left != right for left, right in zip(one, other, strict=True)) == 1
    shorter, longer = sorted((one, other), key=len)
    return len(longer) - len(shorter) == 1 and any(
        longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer))
    )


def _claims(own: _Name, office: str) -> bool:
    """Whether a name says that somebody holds an office; 「不是群主」 and 「群主的小迷弟」 only speak of it.

    「群主本人」 and 「群主的小号」 say so.
    """
    before, found, after = own.revealed.text.partition(office)
    if not found:
        return own.skeleton == office
    if before.strip().endswith(_NO_CLAIM):
        return False
    return office in _ALWAYS_CLAIMED or not _SIDE_WORDS.sub("", after) or bool(_SEPARATORS.match(after))
