"""The tables of marks, appeals, versions and shadow hits, on a file database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import VirtualClock
from bot.plugin import VerdictAction
from bot.plugins.moderation import appeals_store, fair_commands, marks_store, rule_states_store, shadow_store
from bot.plugins.moderation.appeal_rules import Ballot, Outcome, Vote
from bot.plugins.moderation.appeals_store import Appeal
from bot.plugins.moderation.migrations_store import migrations
from bot.plugins.moderation.rule_versions import EVER, RuleVersion
from bot.plugins.moderation.shadow_store import ShadowHit
from bot.storage import Storage

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
APPEAL = Appeal(
    case_number=1, room_id="r", member_id="ming", reason="不是广告", made_at=NOW, due_at=NOW + timedelta(days=2),
    state=Outcome.OPEN, decided_at=None, why="",
)  # fmt: skip
HIT = ShadowHit(
    rule_id="qr", content_hash="a", message_id="m1", room_id="r", member_id="ming", name="小明", said_at=NOW,
    action=VerdictAction.WARN, text="扫码", reason="二维码",
)  # fmt: skip


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    opened = Storage.open(tmp_path / "fair.db", VirtualClock(NOW), [migrations])
    yield opened
    await opened.close()


async def run(storage: Storage, fn: Any, *args: Any, community: str = "one", **kwargs: Any) -> Any:
    return await storage.run(community, fn, *args, **kwargs)


async def mark(storage: Storage, message_id: str, *, is_advert: bool, author: str = "ming") -> Any:
    return await run(
        storage, marks_store.add_mark, message_id=message_id, room_id="r", author_id=author, text=f"text {message_id}",
        is_advert=is_advert, by="owner", now=NOW,
    )  # fmt: skip


async def test_marks_are_numbered_and_the_latest_of_a_message_counts(storage: Storage) -> None:
    first = await mark(storage, "m1", is_advert=True)
    second = await mark(storage, "m1", is_advert=False)
    assert (first.number, second.number) == (1, 2)
    assert await run(storage, marks_store.standing_marks) == [second]
    assert await run(storage, marks_store.mark_of_message, "m1") == second
    assert (await run(storage, marks_store.get_mark, 1)).withdrawn_at == NOW


async def test_a_mark_is_taken_back_once(storage: Storage) -> None:
    await mark(storage, "m1", is_advert=True)
    assert await run(storage, marks_store.withdraw_mark, 1, NOW) is True
    assert await run(storage, marks_store.withdraw_mark, 1, NOW) is False
    assert await run(storage, marks_store.standing_marks) == []


async def test_marks_of_what_has_no_message_stand_side_by_side(storage: Storage) -> None:
    await mark(storage, "", is_advert=True)
    await mark(storage, "", is_advert=True)
    assert len(await run(storage, marks_store.standing_marks)) == 2


async def test_there_is_one_appeal_a_case_and_it_is_decided_once(storage: Storage) -> None:
    assert await run(storage, appeals_store.add_appeal, APPEAL) is True
    assert await run(storage, appeals_store.add_appeal, APPEAL) is False
    assert await run(storage, appeals_store.open_appeals) == [APPEAL]
    assert await run(storage, appeals_store.decide_appeal, 1, Outcome.UPHELD, "", NOW) is True
    assert await run(storage, appeals_store.decide_appeal, 1, Outcome.DISMISSED, "", NOW) is False
    assert (await run(storage, appeals_store.get_appeal, 1)).state is Outcome.UPHELD
    assert await run(storage, appeals_store.open_appeals) == []


async def test_the_second_vote_of_a_reviewer_takes_the_place_of_the_first(storage: Storage) -> None:
    for vote, reason in ((Vote.UPHOLD, ""), (Vote.DISMISS, "群规写了")):
        await run(storage, appeals_store.put_vote, 1, Ballot("owner", vote), reason, NOW)
    assert await run(storage, appeals_store.votes_on, 1) == [(Ballot("owner", Vote.DISMISS), "群规写了")]


async def test_a_version_is_kept_as_it_is_now(storage: Storage) -> None:
    version = RuleVersion(
        scope="", rule_id="qr", content_hash="a", content="{}", words="不发二维码", seen_at=EVER, acts_at=NOW
    )
    await run(storage, rule_states_store.put_versions, [version])
    await run(storage, rule_states_store.mark_reported, [version])
    [kept] = await run(storage, rule_states_store.all_versions)
    assert kept.is_reported
    assert kept.key == version.key
    assert (kept.acts_at, kept.ended_at, kept.is_dropped) == (NOW, None, False)


async def test_weights_are_in_the_order_of_time(storage: Storage) -> None:
    for days, weight in ((2, 0.64), (0, 0.8)):
        await run(storage, rule_states_store.add_weight, "qr", weight, 0, NOW + timedelta(days=days))
    found = await run(storage, rule_states_store.all_weights)
    assert found == {"qr": [(NOW, 0.8), (NOW + timedelta(days=2), 0.64)]}


async def test_a_shadow_hit_is_counted_once(storage: Storage) -> None:
    assert await run(storage, shadow_store.add_hits, [HIT]) == 1
    assert await run(storage, shadow_store.add_hits, [HIT]) == 0
    assert await run(storage, shadow_store.hits_of, "qr", "a") == [HIT]
    assert await run(storage, shadow_store.hits_of, "qr", "a", "elsewhere") == []
    assert await run(storage, shadow_store.purge, NOW + timedelta(seconds=1)) == 1


async def test_communities_do_not_see_each_other(storage: Storage) -> None:
    await mark(storage, "m1", is_advert=True)
    await run(storage, appeals_store.add_appeal, APPEAL)
    await run(storage, shadow_store.add_hits, [HIT])
    assert await run(storage, marks_store.standing_marks, community="two") == []
    assert await run(storage, appeals_store.get_appeal, 1, community="two") is None
    assert await run(storage, shadow_store.hits_of, "qr", "a", community="two") == []


async def test_who_asks_gets_everything_and_who_is_forgotten_leaves_nothing(storage: Storage) -> None:
    await mark(storage, "m1", is_advert=True)
    await mark(storage, "m2", is_advert=False)
    await mark(storage, "m3", is_advert=True, author="hong")
    await run(storage, appeals_store.add_appeal, APPEAL)
    await run(storage, appeals_store.put_vote, 1, Ballot("owner", Vote.DISMISS), "群规写了", NOW)
    await run(storage, shadow_store.add_hits, [HIT])
    exported = await run(storage, fair_commands.export_member, "ming")
    assert {table: len(rows) for table, rows in exported.items()} == {
        "appeals": 1, "appeal_votes": 0, "moderation_marks": 2, "moderation_shadow_hits": 1,
    }  # fmt: skip
    await run(storage, fair_commands.erase_member, "ming")
    gone = await run(storage, fair_commands.export_member, "ming")
    assert not any(gone.values())
    marks = await run(storage, marks_store.standing_marks)
    assert [(one.author_id, one.text) for one in marks] == [("", "text m1"), ("hong", "text m3")]
    await run(storage, fair_commands.erase_member, "owner")
    assert {one.member_id for one in await run(storage, marks_store.standing_marks)} == {""}


async def test_what_is_over_for_long_is_forgotten(storage: Storage) -> None:
    later = NOW + timedelta(days=400)
    ended = RuleVersion(
        scope="", rule_id="qr", content_hash="a", content="{}", words="", seen_at=EVER, acts_at=EVER, ended_at=NOW
    )
    await mark(storage, "m1", is_advert=True)
    await mark(storage, "m1", is_advert=True)
    await run(storage, appeals_store.add_appeal, APPEAL)
    await run(storage, appeals_store.put_vote, 1, Ballot("owner", Vote.UPHOLD), "", NOW)
    await run(storage, rule_states_store.put_versions, [ended])
    assert await run(storage, appeals_store.purge, later) == 0, "it is open"
    await run(storage, appeals_store.decide_appeal, 1, Outcome.UPHELD, "", NOW)
    assert await run(storage, appeals_store.purge, later) == 2
    assert await run(storage, marks_store.purge, later) == 1
    assert await run(storage, rule_states_store.purge, later) == 1
    assert len(await run(storage, marks_store.standing_marks)) == 1
