"""Nobody is removed for normal talk: all normal messages of the development set, said by people who just came."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.plugin import VerdictAction, moderation
from bot.plugins.moderation.ladder import Standing, decide
from bot.plugins.moderation.learning import learn
from bot.plugins.moderation.settings import ModerationSettings, StrikeSettings

SET = Path(__file__).parents[4] / "shared" / "data" / "moderation" / "dev.jsonl"
AT = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)

pytestmark = [pytest.mark.skipif(not SET.exists(), reason="the development set is not here"), pytest.mark.slow]


def normal_talk() -> Iterator[moderation.Said]:
    """Yield the normal messages, each by somebody who came an hour before and says it as the first thing."""
    for number, line in enumerate(SET.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        if row["label"] == "ok":
            at = AT + timedelta(minutes=number)
            yield moderation.Said(
                id=str(number),
                at=at,
                room_id="r",
                member_id=f"m{number}",
                name="新人",
                text=row["text"],
                joined_at=at - timedelta(hours=1),
                said_before=0,
            )


def removed(settings: ModerationSettings, *, is_severe: bool) -> list[str]:
    """Return the messages whose authors the rules would remove.

    Args:
        settings: the owner's.
        is_severe: every rule asks for a removal, whatever it says.
    """
    learnt = learn([])
    judge = moderation.Judge(settings.rules, learnt.adverts, learnt.known)
    watch, found = moderation.RoomWatch(), []
    for said in normal_talk():
        findings = judge.judge(said, watch)
        if is_severe:
            findings = [replace(one, action=VerdictAction.REMOVE) for one in findings]
        decision = decide(findings, Standing(points=5.0 if is_severe else 0.0), said.at, settings)
        if decision.action is VerdictAction.REMOVE:
            found.append(said.text)
    return found


def test_the_shipped_rules_remove_nobody() -> None:
    assert removed(ModerationSettings(), is_severe=False) == []


def test_even_if_every_rule_asked_for_it_two_reasons_are_hardly_ever_found() -> None:
    severe = ModerationSettings(strikes=StrikeSettings(warn_at=1, report_at=1, remove_at=1))
    assert len(removed(severe, is_severe=True)) <= 3
