from __future__ import annotations

import pytest

from bot.gateway.simulated import Mishap
from bot.model import Act, Conversation
from bot.payments.model import FactKind
from bot.testing import SimulatedRoom
from tests.plugins.rosters.kit import VIP, Club, acts_of

pytestmark = pytest.mark.slow  # days of conversation


async def test_who_becomes_a_member_is_invited_at_once_and_once(room: SimulatedRoom, club: Club) -> None:
    hong = room.member("小红")
    await hong.says("大家好")
    await club.gives(hong, 31)
    assert acts_of(club.news(), Act.INVITE) == [(VIP, "小红")]
    assert "小红" in club.people
    assert acts_of(await club.passes(days=2), Act.INVITE) == []


async def test_who_is_in_the_room_already_is_not_invited(room: SimulatedRoom, club: Club) -> None:
    club.brings("小红")
    await club.gives(room.member("小红"), 31)
    assert acts_of(await club.passes(days=5), Act.INVITE) == []


async def test_a_plan_without_the_room_invites_nobody(room: SimulatedRoom, club: Club) -> None:
    await club.gives(room.member("小红"), 31, opens=("member",))
    assert acts_of(await club.passes(days=2), Act.INVITE) == []


async def test_who_does_not_come_is_invited_three_times_and_then_the_owner_is_told(
    room: SimulatedRoom, club: Club
) -> None:
    hong = room.member("小红")
    room.world.join = lambda *_: None  # type: ignore[method-assign] # WeChat sends a card, and she does not open it
    await club.gives(hong, 60)
    acts = [*club.news(), *await club.passes(days=6)]
    assert [one.at.day for one in acts if one.act is Act.INVITE] == [1, 2, 4]
    assert club.told(acts, "小红") == [f"您的会员可以进「{VIP}」，邀请又发给您一次，点开就能进。不想进不用理会。"] * 2
    assert club.told(acts, "群主") == [f"邀请了三次还没进「{VIP}」：小红\n不再邀请了，请您看看是不是要另外联系。"]
    assert await club.passes(days=5) == []
    assert "没进群的会员：小红（邀请三次没进）" in (await room.owner.says("群名单", private=True))[0]


async def test_who_leaves_by_themselves_is_left_in_peace(room: SimulatedRoom, club: Club) -> None:
    hong = room.member("小红")
    await club.gives(hong, 60)
    await club.passes(minutes=1)
    room.world.leave(club.room_id, hong.contact_id)
    await club.passes(days=3)
    assert "小红" not in club.people
    assert "没进群的会员：小红（自己退的）" in (await room.owner.says("群名单", private=True))[0]
    await club.gives(hong, 60)
    await club.passes(minutes=1)
    assert "小红" in club.people


async def test_an_account_that_can_bring_nobody_in_gives_the_owner_the_names(room: SimulatedRoom, club: Club) -> None:
    room.gateway.lose(can_add=False)
    await club.gives(room.member("小红"), 31)
    acts = await club.passes(hours=3)
    assert acts_of(acts, Act.INVITE) == []
    assert club.told(acts, "群主") == [f"这几位会员还没进「{VIP}」，这个账号不能拉人，请您手动邀请：\n小红"]


async def test_who_cannot_be_told_from_a_stranger_is_not_invited(room: SimulatedRoom, club: Club) -> None:
    room.gateway.lose(stable_ids=False)
    await club.gives(room.member("小红"), 31)
    acts = await club.passes(days=2)
    assert acts_of(acts, Act.INVITE) == []
    (told,) = club.told(acts, "群主")
    assert told == f"这几位会员还没进「{VIP}」，我认不准他们现在的微信，没有邀请，请您确认后手动拉：\n小红"


async def test_a_paused_room_is_left_alone_until_it_is_started(room: SimulatedRoom, club: Club) -> None:
    assert (await room.owner.says("群名单 暂停", private=True))[0] == (
        f"「{VIP}」暂停了：不邀请，也不移出。发「群名单 开始」接着来。"
    )
    await club.gives(room.member("小红"), 31)
    assert acts_of(await club.passes(days=1), Act.INVITE) == []
    await room.owner.says("群名单 开始", private=True)
    assert acts_of(await club.passes(minutes=1), Act.INVITE) == [(VIP, "小红")]


async def test_what_was_taken_back_before_it_was_sent_invites_nobody(room: SimulatedRoom, club: Club) -> None:
    hong = room.member("小红")
    await hong.says("在")
    room.gateway.go_down()
    key = await club.gives(hong, 31)
    await club.says(hong, FactKind.REVOKED, grant=key)
    room.gateway.come_back()
    assert acts_of(await club.passes(hours=3), Act.INVITE) == []


async def test_a_crash_loses_no_invitation_and_repeats_none(room: SimulatedRoom, club: Club) -> None:
    hong = room.member("小红")
    room.gateway.expect(Mishap.UNREACHABLE, 2)
    await club.gives(hong, 31)
    await room.crash()
    acts = [*club.news(), *await club.passes(days=2)]
    assert acts_of(acts, Act.INVITE) == [(VIP, "小红")]


async def test_two_rooms_of_one_name_are_both_left_alone(room: SimulatedRoom, club: Club) -> None:
    twin = room.world.add_room(VIP, room.owner.contact_id, [room.bot_id])
    room.world.say(room.owner.contact_id, Conversation(room_id=twin), "这是新的")
    await club.gives(room.member("小红"), 31)
    acts = await club.passes(hours=2)
    assert acts_of(acts, Act.INVITE) == []
    assert set(club.told(acts, "群主")) == {
        f"有两个群都叫「{VIP}」，我分不清是哪个，先不动任何人。请把其中一个改名，或者让我退出一个。"
    }


async def test_many_who_pay_at_once_all_come_in(room: SimulatedRoom, club: Club) -> None:
    names = [f"新人{number}" for number in range(12)]
    for name in names:
        await club.gives(room.member(name), 31)
    acts = [*club.news(), *await club.passes(minutes=1)]
    assert sorted(acts_of(acts, Act.INVITE)) == sorted((VIP, name) for name in names)


async def test_who_came_in_without_a_word_of_the_gateway_is_noticed(room: SimulatedRoom, club: Club) -> None:
    hong = room.member("小红")
    join, room.world.join = room.world.join, lambda *_: None  # type: ignore[method-assign,assignment]
    await club.gives(hong, 60)
    room.world.join = join  # type: ignore[method-assign]
    club.brings("小红")
    await club.passes(hours=13)
    assert "没进群的会员" not in (await room.owner.says("群名单", private=True))[0]
    assert acts_of(await club.passes(days=4), Act.INVITE) == []
