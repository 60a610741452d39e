from __future__ import annotations

from datetime import UTC

import pytest

from bot.gateway.simulated_facts import SentAct
from bot.payments.facts_store import add_fact
from bot.payments.model import Fact, FactKind
from bot.plugin import find_deadlines
from bot.plugins.rosters import erase_member
from bot.storage import Database
from bot.testing import SimulatedRoom
from tests.plugins.rosters.kit import Club, plan

pytestmark = pytest.mark.slow  # weeks of conversation


def reminders(club: Club, acts: list[SentAct]) -> list[str]:
    """Return the reminders that 小红 got."""
    return [text for text in club.told(acts, "小红") if text.startswith("您的「")]


def days(texts: list[str]) -> list[str]:
    """Return what says how long there is in some reminders."""
    return [text.removeprefix("您的「月度会员」").partition("。")[0] for text in texts]


async def test_a_member_is_reminded_four_times_in_private(room: SimulatedRoom, club: Club) -> None:
    await club.gives(room.member("小红"), 10)
    club.news()
    told = reminders(club, await club.passes(days=12))
    assert told == [
        "您的「月度会员」还有 7 天，周五 12-11 09:01 到期。发「续费」接着用，剩下的时间一天也不会少。",
        "您的「月度会员」还有 3 天，周五 12-11 09:01 到期。发「续费」接着用，剩下的时间一天也不会少。",
        "您的「月度会员」明天（周五 12-11 09:01）到期。发「续费」接着用，剩下的时间一天也不会少。",
        "您的「月度会员」今天到期了。不急，周一 12-14 09:01 之前照常能用。发「续费」接着用。",
    ]


async def test_a_renewal_moves_the_reminders_to_the_new_end(room: SimulatedRoom, club: Club) -> None:
    hong = room.member("小红")
    await club.gives(hong, 10)
    assert days(reminders(club, await club.passes(days=8))) == [
        "还有 7 天，周五 12-11 09:01 到期", "还有 3 天，周五 12-11 09:01 到期",
    ]  # fmt: skip
    await club.gives(hong, 10)
    assert reminders(club, await club.passes(days=4)) == []
    told = days(reminders(club, await club.passes(days=9)))
    assert [text.partition("，")[0][:5] for text in told] == ["还有 7 ", "还有 3 ", "明天（周一", "今天到期了"]


async def test_what_was_taken_back_is_not_reminded_of(room: SimulatedRoom, club: Club) -> None:
    hong = room.member("小红")
    key = await club.gives(hong, 10)
    await club.passes(days=1, hours=14)  # eleven at night: what ends now would be told in the morning
    await club.says(hong, FactKind.REVOKED, grant=key)
    assert reminders(club, await club.passes(days=10)) == []


async def test_while_the_time_stands_still_nobody_is_reminded(room: SimulatedRoom, club: Club) -> None:
    hong = room.member("小红")
    await club.gives(hong, 10)
    await club.says(hong, FactKind.PAUSED, seconds=14 * 86_400)
    assert reminders(club, await club.passes(days=13)) == []
    assert len(reminders(club, await club.passes(days=12))) == 4


async def test_after_a_long_absence_there_is_one_message(room: SimulatedRoom, club: Club) -> None:
    await club.gives(room.member("小红"), 10)
    club.news()
    await room.crash(days=9, hours=12)
    assert days(reminders(club, [*club.news(), *await club.passes(hours=1)])) == ["明天（周五 12-11 09:01）到期"]
    told = reminders(club, await club.passes(days=2))
    assert len(told) == 1
    assert told[0].startswith("您的「月度会员」今天到期了。")


async def test_at_night_nobody_is_written_to(room: SimulatedRoom, club: Club) -> None:
    await club.until(1, 23, 30)
    await club.gives(room.member("小红"), 8)
    club.news()
    acts = await club.passes(days=10)
    assert [one.at.astimezone(UTC).hour + 8 for one in acts if one.text.startswith("您的「")] == [9, 9, 9, 9]


async def test_a_trial_is_told_how_to_go_on(room: SimulatedRoom, club: Club) -> None:
    await club.gives(room.member("小红"), 7, is_trial=True, title="体验", grace_seconds=0)
    told = reminders(club, await club.passes(days=8))
    assert told == [
        "您的「体验」还有 3 天，周二 12-08 09:01 到期。觉得有用的话，发「套餐」看看怎么继续。",
        "您的「体验」明天（周二 12-08 09:01）到期。觉得有用的话，发「套餐」看看怎么继续。",
        "您的「体验」今天到期了。想继续随时发「套餐」。",
    ]


async def test_what_never_ends_is_not_reminded_of(room: SimulatedRoom, club: Club) -> None:
    await club.gives(room.member("小红"), 1, seconds=None)
    assert reminders(club, await club.passes(days=20)) == []


async def test_ends_that_nobody_told_of_are_found(room: SimulatedRoom, club: Club) -> None:
    member_id = await club.member_id(room.member("小红"))
    fact = Fact(
        key="silent", kind=FactKind.GRANTED, at=room.clock.now(), provider="owner", member_id=member_id,
        data={"plan": plan(10).to_data()},
    )  # fmt: skip
    await room.app.storage.run("default", add_fact, fact)
    assert len(reminders(club, await club.passes(days=11))) == 4


async def test_who_is_forgotten_is_not_reminded(room: SimulatedRoom, club: Club) -> None:
    hong = room.member("小红")
    await club.gives(hong, 10)
    member_id = await club.member_id(hong)
    await room.app.storage.run("default", erase_member, member_id)

    def waiting(db: Database) -> list[str]:
        return [one.key for one in find_deadlines(db, "rosters", "remind")]

    assert await room.app.storage.read("default", waiting) == []
