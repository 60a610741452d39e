"""Decides again what was decided live, from nothing but what is on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.moderation.judging import Judge
from bot.moderation.model import Finding
from bot.moderation.watching import RoomWatch
from bot.plugin import Database, StoredMessage, VerdictAction, said_since
from bot.plugins.moderation.hearing import heard_before
from bot.plugins.moderation.ladder import Earlier, Recent, Standing, decide
from bot.plugins.moderation.learning import Learnt, learn
from bot.plugins.moderation.marks_store import StoredMark, standing_marks
from bot.plugins.moderation.rule_states_store import all_versions, all_weights
from bot.plugins.moderation.rule_versions import EVER
from bot.plugins.moderation.rulebook import InForce, choose
from bot.plugins.moderation.settings import ModerationSettings
from bot.testing import TOPIC

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one message.

    Attributes:
        text: what was said.
        found: rule, action, weight and whether it only observes, of each finding.
        action: what was done.
    """

    text: str
    found: tuple[tuple[str, int, float, bool], ...]
    action: int


def live(messages: Sequence[StoredMessage]) -> list[Decided]:
    """Return what was decided live, from the record."""
    return [_live(message) for message in messages]


def _live(message: StoredMessage) -> Decided:
    notes = message.decision.get("moderation", {})
    found = tuple(sorted((rule, action, weight, shadow) for rule, action, weight, shadow in notes.get("found", ())))
    is_guarded = message.decision.get("stage") == "guard"
    guarded: dict[str, Any] = message.decision if is_guarded else message.decision.get("rehearsed", {})
    action = VerdictAction[guarded["action"].upper()] if guarded else VerdictAction.ALLOW
    return Decided(message.text, found, int(action))


def stored(db: Database, room_id: str) -> list[StoredMessage]:
    """Return everything that was said in a room, in order."""
    return said_since(db, room_id, EVER, 10_000)


class Replay:
    """Decides over messages from the versions of rules, their weights, and marks; strikes are its own.

    Args:
        db: any transaction.
        settings: the owner's, for the ladder.
    """

    def __init__(self, db: Database, settings: ModerationSettings) -> None:
        self._settings = settings
        self._versions, self._weights = all_versions(db), all_weights(db)
        self._marks = standing_marks(db)
        self._made: dict[int, InForce] = {}
        self._watch = RoomWatch()
        self._strikes: dict[str, list[tuple[datetime, float, Earlier]]] = {}
        self._recent: dict[tuple[str, str], Recent] = {}
        self._cases = 0

    def decide(self, message: StoredMessage) -> Decided:
        """Return what is decided about the next message."""
        said = heard_before(message)
        findings = self._in_force(said.at).judge(said, self._watch)
        found = tuple(sorted((one.rule, int(one.action), round(one.weight, 3), one.is_shadow) for one in findings))
        acting = [one for one in findings if not one.is_shadow and one.action > VerdictAction.ALLOW]
        action = self._climb(acting, said.member_id, said.at, said.role) if acting else VerdictAction.ALLOW
        return Decided(message.text, found, int(action))

    def _in_force(self, at: datetime) -> InForce:
        marks = [one for one in self._marks if one.marked_at <= at]
        if len(marks) not in self._made:
            self._made[len(marks)] = self._compile(marks)
        return self._made[len(marks)]

    def _compile(self, marks: Sequence[StoredMark]) -> InForce:
        learnt: Learnt = learn(marks)
        chosen = choose(self._versions, {}, "", EVER)
        rules = {name: rule for name, (_, rule) in chosen.items()}
        return InForce(
            settings=self._settings, learnt=learnt, scope="", topic=TOPIC, zone=ZONE, epoch=0,
            judging=Judge(rules, learnt.adverts, learnt.known, zone=ZONE, topic=TOPIC),
            versions={name: version for name, (version, _) in chosen.items()}, weights=self._weights,
        )  # fmt: skip

    def _climb(self, acting: Sequence[Finding], member_id: str, at: datetime, role: Any) -> VerdictAction:
        strikes = [
            one for one in self._strikes.get(member_id, []) if one[0] <= at < one[0] + self._settings.strikes.expire
        ]
        since = at - self._settings.remind_every
        recent = {
            rule: one for (whose, rule), one in self._recent.items() if whose == member_id and one.told_at >= since
        }
        standing = Standing(
            role=role, points=sum(points for _, points, _ in strikes), earlier=tuple(one for _, _, one in strikes),
            recent=recent,
        )  # fmt: skip
        decision = decide(acting, standing, at, self._settings)
        if decision.action is VerdictAction.ALLOW or decision.joins:
            return decision.action
        self._cases += 1
        leading = decision.leading
        self._recent[member_id, leading.rule] = Recent(self._cases, at, decision.action)
        if decision.points > 0:
            earlier = Earlier(leading.family, leading.rule)
            self._strikes.setdefault(member_id, []).append((at, decision.points, earlier))
        return decision.action


def replay(db: Database, room_id: str, settings: ModerationSettings) -> list[Decided]:
    """Return what is decided when everything that was said in a room is judged again."""
    again = Replay(db, settings)
    return [again.decide(message) for message in stored(db, room_id)]
