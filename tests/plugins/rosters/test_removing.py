from __future__ import annotations

import pytest

from bot.deadlines_store import find_deadlines
from bot.gateway.simulated import Mishap
from bot.members_identities_store import add_identity
from bot.model import Act, Conversation
from bot.payments.model import FactKind, Order
from bot.payments.orders_store import add_order
from bot.storage import Database
from bot.testing import SimulatedRoom, Speaker
from tests.plugins.rosters.kit import VIP, Club, acts_of

pytestmark = pytest.mark.slow  # weeks of conversation

LIST = (
    f"「{VIP}」明天（周六 12-05 12:00）移出 1 人，会员都过了宽限期：\n1. 全部保留\n2. 保留 小红（12-02 到期）\n"
    "回编号留人，几个一起也行（比如 2 3）；「除外 @名字」以后都不移。不回复就到点移出，提前一小时我私聊告诉本人。"
)
GOODBYE = (
    f"您的会员已经到期，「{VIP}」今天 12:00 会请您先离开。谢谢您一直在。\n"
    "想留下，现在发「续费」就好；以后想回来，随时发「套餐」，付完我会再邀请您进群。"
)
REHEARSAL = (
    f"演练：「{VIP}」有 1 人过了宽限期：小红（12-02 到期）\n现在谁也不移出。"
    "发「群名单 开始」以后，每天先把名单给您看，第二天才移。"
)
BIND = (
    f"我认不准您在「{VIP}」的会员身份：可能已经到期，也可能是换了登录。\n"
    "有绑定码请私聊我发「绑定 您的绑定码」；想续上请发「续费」。"
)


@pytest.fixture
async def hong(room: SimulatedRoom, club: Club) -> Speaker:
    """小红, whose membership of one day is over on Wednesday, and whose grace ends on Saturday."""
    found = room.member("小红")
    await club.gives(found, 1)
    await club.until(3, 19)
    return found


async def owner_says(room: SimulatedRoom, text: str) -> str:
    """Return what the owner is answered in private."""
    return (await room.owner.says(text, private=True))[0]


async def test_who_is_past_grace_is_listed_told_and_removed(room: SimulatedRoom, club: Club, hong: Speaker) -> None:
    assert club.told(await club.until(3, 21), "群主") == [LIST]
    assert club.told(await club.until(4, 11, 30), "小红") == [GOODBYE]
    acts = await club.until(4, 12, 30)
    assert acts_of(acts, Act.REMOVE) == [(VIP, "小红")]
    assert club.told(acts, "群主") == [f"按名单，正在把 1 人移出「{VIP}」：小红"]
    assert "小红" not in club.people
    assert acts_of(await club.passes(days=10), Act.REMOVE) == []


async def test_in_grace_nobody_is_listed(room: SimulatedRoom, club: Club) -> None:
    await club.gives(room.member("小红"), 1)
    assert club.told(await club.until(2, 21), "群主") == []


async def test_a_number_keeps_who_it_stands_for(room: SimulatedRoom, club: Club, hong: Speaker) -> None:
    await club.until(3, 23)
    assert await owner_says(room, "2") == f"好的，小红留在「{VIP}」，7 天内不再问。还可以回编号留人。"
    assert acts_of(await club.passes(days=7), Act.REMOVE) == []
    assert "小红" in club.people
    acts = await club.passes(days=3)
    assert acts_of(acts, Act.REMOVE) == [(VIP, "小红")]


@pytest.mark.parametrize("typed", ["1", "保留 小红", "保留 @小红", "保留 小黑 小红", "第一个"])
async def test_the_owner_keeps_people_in_many_words(room: SimulatedRoom, club: Club, hong: Speaker, typed: str) -> None:
    await club.until(3, 23)
    assert (await owner_says(room, typed)).startswith("好的，")
    assert acts_of(await club.passes(days=2), Act.REMOVE) == []


async def test_a_number_that_is_not_on_the_list_is_said_so(room: SimulatedRoom, club: Club, hong: Speaker) -> None:
    await club.until(3, 23)
    assert await owner_says(room, "7") == "请回复 1 到 2 之间的数字，再回编号留人。"
    assert (await owner_says(room, "2 1")).startswith("好的，全部 1 人留在")


async def test_a_number_after_something_else_was_said_is_not_for_the_list(
    room: SimulatedRoom, club: Club, hong: Speaker
) -> None:
    await club.until(3, 23)
    await owner_says(room, "帮助")
    await owner_says(room, "1")
    assert acts_of(await club.until(4, 13), Act.REMOVE) == [(VIP, "小红")]


async def test_only_the_owner_keeps_people(room: SimulatedRoom, club: Club, hong: Speaker) -> None:
    await club.until(3, 23)
    await hong.says("1", private=True)
    await hong.says("保留 小红", private=True)
    assert acts_of(await club.until(4, 13), Act.REMOVE) == [(VIP, "小红")]


async def test_who_renews_after_being_told_stays(room: SimulatedRoom, club: Club, hong: Speaker) -> None:
    await club.until(4, 11, 30)
    await club.gives(hong, 31)
    assert acts_of(await club.passes(days=5), Act.REMOVE) == []


async def test_who_renews_while_the_removal_waits_to_be_sent_stays(
    room: SimulatedRoom, club: Club, hong: Speaker
) -> None:
    await club.until(4, 11, 59)
    room.gateway.expect(Mishap.UNREACHABLE, 6)
    await club.until(4, 12)
    await club.gives(hong, 31)
    assert acts_of(await club.passes(days=2), Act.REMOVE) == []
    assert "小红" in club.people


async def test_who_ordered_and_waits_for_the_owner_stays_this_time(
    room: SimulatedRoom, club: Club, hong: Speaker
) -> None:
    await club.until(4, 11, 30)
    order = Order(
        kind="membership", item="month@1", title="月度会员", member_id=await club.member_id(hong), amount_fen=1990,
        made_at=room.clock.now(),
    )  # fmt: skip
    number = (await room.app.storage.run("default", add_order, order)).number
    acts = await club.until(4, 13)
    assert acts_of(acts, Act.REMOVE) == []
    assert club.told(acts, "群主") == [
        f"小红 本来要移出「{VIP}」，但有一笔订单 D{number} 还没确认，这次先留着。收到钱请发「确认收款 D{number}」。"
    ]


async def test_who_pauses_or_is_excepted_stays(room: SimulatedRoom, club: Club, hong: Speaker) -> None:
    gang = room.member("小刚")
    await club.gives(gang, 1)
    await club.gives(gang, 1, opens=("member",), line="other")
    await club.says(gang, FactKind.PAUSED, seconds=20 * 86_400)
    assert await owner_says(room, "除外 @小红") == "好的，小红 以后都不会被移出。"
    assert acts_of(await club.passes(days=15), Act.REMOVE) == []
    assert await owner_says(room, "除外") == "除外：小红"
    assert await owner_says(room, "撤销除外 小红") == "好的，小红 和大家一样了，到期会进移出名单。"
    assert await owner_says(room, "撤销除外 小红") == "小红 不在除外里，发「除外」看看都有谁。"
    assert acts_of(await club.passes(days=3), Act.REMOVE) == [(VIP, "小红")]


async def test_an_exception_after_being_told_is_told_to_the_member(
    room: SimulatedRoom, club: Club, hong: Speaker
) -> None:
    await club.until(4, 11, 30)
    room.world.say(room.owner.contact_id, club.place, "除外 @小红 ")
    acts = await club.until(4, 13)
    assert club.told(acts, "小红") == [f"群主请您留下，不用离开「{VIP}」了。"]
    assert acts_of(acts, Act.REMOVE) == []


async def test_admins_of_the_room_are_never_listed(room: SimulatedRoom, club: Club, hong: Speaker) -> None:
    room.world.rooms[club.room_id].admin_ids.append(hong.contact_id)
    assert acts_of(await club.passes(days=5), Act.REMOVE) == []


async def test_whoever_was_there_without_ever_paying_is_not_listed(room: SimulatedRoom, club: Club) -> None:
    club.brings("客人")
    room.world.say(room.member("客人").contact_id, club.place, "大家好")
    assert acts_of(await club.passes(days=5), Act.REMOVE) == []
    assert "没开过会员的 31 人，不会移出：" in await owner_says(room, "群名单")


async def test_more_than_five_percent_wait_for_the_owner(room: SimulatedRoom, club: Club, hong: Speaker) -> None:
    await owner_says(room, "群名单 演练")
    await club.gives(room.member("小刚"), 1, grace_seconds=0)
    await club.until(5, 10)
    await owner_says(room, "群名单 开始")
    acts = await club.until(5, 23)
    assert acts_of(acts, Act.REMOVE) == []
    assert club.told(acts, "群主")[-1] == (
        f"「{VIP}」要移出 2 人，群里一共 33 人，一次太多了，先停下等您看：\n1. 全部保留\n2. 保留 小红（12-02 到期）\n"
        "3. 保留 小刚（12-05 到期）\n没问题请发「群名单 继续」；回编号留人，几个一起也行（比如 2 3）。"
    )
    assert (await owner_says(room, "群名单 继续")).startswith(f"好的，「{VIP}」周一 12-07 12:00 移出 2 人：小红、小刚")
    acts = await club.until(6, 13)
    assert sorted(acts_of(acts, Act.REMOVE)) == [(VIP, "小刚"), (VIP, "小红")]


@pytest.mark.parametrize("left", [0, 12])
async def test_an_empty_or_halved_member_list_stops_everything(
    room: SimulatedRoom, club: Club, hong: Speaker, left: int
) -> None:
    await club.until(3, 23)
    members, kept = room.gateway.members, {room.bot_id, hong.contact_id}

    async def half(room_id: str) -> list[object]:
        found = await members(room_id)
        others = [one for one in found if one.id not in kept][: max(0, left - 1)]
        return [one for one in found if one.id in kept and (left or one.id == room.bot_id)] + others

    room.gateway.members = half  # type: ignore[assignment]
    acts = await club.until(4, 13)
    assert acts_of(acts, Act.REMOVE) == []
    told = club.told(acts, "群主")[-1]
    what = f"读出来只有 {left} 人，上次有 32 人，少了一半" if left else "的成员列表读出来是空的（上次有 32 人）"
    assert told == f"「{VIP}」{what}，今天要移出的人也先不动。确实如此请发「群名单 继续」。"
    if left:
        assert (await owner_says(room, "群名单 继续")).startswith(f"好的，「{VIP}」")
        assert acts_of(await club.passes(hours=3), Act.REMOVE) == [(VIP, "小红")]


async def test_a_rehearsal_removes_nobody_and_says_the_same_once(
    room: SimulatedRoom, club: Club, hong: Speaker
) -> None:
    assert await owner_says(room, "群名单 演练") == f"「{VIP}」改成演练：照常邀请会员，但谁也不移出。"
    acts = await club.passes(days=4)
    assert acts_of(acts, Act.REMOVE) == []
    assert club.told(acts, "小红") == []
    assert [text for text in club.told(acts, "群主") if text.startswith("演练")] == [REHEARSAL]
    await owner_says(room, "群名单 开始")
    assert acts_of(await club.passes(days=2), Act.REMOVE) == [(VIP, "小红")]


async def test_a_pause_after_the_list_keeps_everybody(room: SimulatedRoom, club: Club, hong: Speaker) -> None:
    await club.until(4, 11, 30)
    await owner_says(room, "群名单 暂停")
    assert acts_of(await club.passes(days=3), Act.REMOVE) == []


async def test_an_account_that_can_remove_nobody_gives_the_owner_the_names(
    room: SimulatedRoom, club: Club, hong: Speaker
) -> None:
    room.gateway.lose(can_remove=False)
    (told,) = club.told(await club.until(3, 21), "群主")
    assert told.startswith(
        f"「{VIP}」有 1 人过了宽限期。这个账号不能移出成员，明天（周六 12-05 12:00）我把要移出的名单发给您："
    )
    acts = await club.until(4, 13)
    assert acts_of(acts, Act.REMOVE) == []
    assert club.told(acts, "群主") == [f"请把这 1 位移出「{VIP}」（续了费的已经去掉）：\n小红"]
    assert len(club.told(acts, "小红")) == 1


async def test_a_gateway_that_lists_nobody_removes_nobody(room: SimulatedRoom, club: Club, hong: Speaker) -> None:
    room.gateway.lose(lists_members=False)
    acts = await club.until(4, 13)
    assert acts_of(acts, Act.REMOVE) == []
    assert club.told(acts, "群主")[-1] == f"请把这 1 位移出「{VIP}」（续了费的已经去掉）：\n小红"


async def test_what_the_owner_could_not_be_told_does_not_go_ahead(
    room: SimulatedRoom, club: Club, hong: Speaker
) -> None:
    room.gateway.lose(can_send_private=False)
    assert acts_of(await club.until(4, 13), Act.REMOVE) == []
    room.gateway.lose(can_send_private=True)
    assert acts_of(await club.until(5, 13), Act.REMOVE) == [(VIP, "小红")]


async def test_after_a_long_absence_there_is_a_new_list_first(room: SimulatedRoom, club: Club, hong: Speaker) -> None:
    await club.until(3, 23)
    await room.crash(hours=16)
    acts = await club.until(4, 23)
    assert acts_of(acts, Act.REMOVE) == []
    assert club.told(acts, "群主")[-1] == LIST.replace("周六 12-05", "周日 12-06")
    assert acts_of(await club.until(5, 13), Act.REMOVE) == [(VIP, "小红")]


async def test_crashes_at_every_stage_remove_nobody_twice(room: SimulatedRoom, club: Club, hong: Speaker) -> None:
    acts = []
    for day, hour, minute in ((3, 20, 0), (3, 20, 1), (4, 11, 0), (4, 11, 1), (4, 12, 0), (4, 12, 1)):
        acts += await club.until(day, hour, minute)
        await room.crash()
    acts += await club.passes(days=3)
    assert acts_of(acts, Act.REMOVE) == [(VIP, "小红")]
    assert club.told(acts, "小红") == [GOODBYE]
    assert club.told(acts, "群主") == [LIST, f"按名单，正在把 1 人移出「{VIP}」：小红"]


async def test_who_comes_back_and_lets_it_end_again_is_removed_again(
    room: SimulatedRoom, club: Club, hong: Speaker
) -> None:
    await club.until(4, 13)
    await club.gives(hong, 1)
    acts = await club.passes(days=7)
    assert acts_of(acts, Act.INVITE) == [(VIP, "小红")]
    assert acts_of(acts, Act.REMOVE) == [(VIP, "小红")]


async def test_who_cannot_be_told_from_a_stranger_is_asked_to_bind_and_stays(
    room: SimulatedRoom, club: Club, hong: Speaker
) -> None:
    def weaken(db: object) -> None:
        db.execute("update identities set strength = 'weak' where community = :community")  # type: ignore[attr-defined]

    await room.app.storage.run("default", weaken)
    room.gateway.lose(stable_ids=False)
    acts = await club.passes(days=5)
    assert acts_of(acts, Act.REMOVE) == []
    assert club.told(acts, "小红") == [BIND]
    assert "认不准的：" in await owner_says(room, "群名单")


async def log_in_with_other_ids(room: SimulatedRoom, club: Club) -> None:
    """Give everybody another id, of which only 微信号 tells who they are; only the owner says a word after it."""

    def weaken(db: Database) -> None:
        db.execute("update identities set strength = 'weak' where community = :community and kind = 'contact'")
        db.execute("update room_identities set strength = 'weak' where community = :community")

    await room.app.storage.run("default", weaken)
    room.gateway.lose(stable_ids=False)
    ids = room.world.reshuffle(keep=room.bot_id)
    room.owner = Speaker(room, ids[room.owner.contact_id])
    club.room_id, room.room_id = ids[club.room_id], ids[room.room_id]
    room.gateway.log_in_again()
    await room.app.drain()
    for place in (club.room_id, room.room_id):
        room.world.say(room.owner.contact_id, Conversation(room_id=place), "早")
    await room.app.drain()


async def test_who_is_silent_since_a_login_is_known_by_the_weixin_id_and_removed(
    room: SimulatedRoom, club: Club
) -> None:
    hong = room.member("小红")
    room.world.contacts[hong.contact_id].weixin = "xiaohong"
    room.world.contacts[room.owner.contact_id].weixin = "qunzhu"
    room.world.say(room.owner.contact_id, club.place, "早")
    await club.gives(hong, 1)
    await club.until(3, 12)
    await log_in_with_other_ids(room, club)
    acts = await club.until(3, 21)
    assert club.told(acts, "群主") == [LIST]
    assert acts_of(await club.until(4, 13), Act.REMOVE) == [(VIP, "小红")]


async def test_who_is_present_with_another_account_than_the_known_one_is_not_listed(
    room: SimulatedRoom, club: Club, hong: Speaker
) -> None:
    other = room.world.add_contact("小红", weixin="xiaohong2")
    room.world.rooms[club.room_id].member_ids.remove(hong.contact_id)
    room.world.rooms[club.room_id].member_ids.append(other)
    member_id = await club.member_id(hong)
    await room.app.storage.run("default", add_identity, member_id, "weixin", "xiaohong2")
    assert club.told(await club.until(4, 13), "群主") == []
    assert "像是过了宽限期的，认不准，不会移出：小红（12-02 到期）" in await owner_says(room, "群名单")


async def test_a_list_that_was_missed_is_shown_when_the_bot_is_back(
    room: SimulatedRoom, club: Club, hong: Speaker
) -> None:
    await room.crash(hours=4)
    acts = await club.passes(minutes=10)
    assert sorted(club.told([*club.news(), *acts], "群主")) == sorted(["离线 4 小时：没有遗留的消息。", LIST])
    assert acts_of(await club.until(4, 13), Act.REMOVE) == [(VIP, "小红")]


async def test_a_list_missed_until_morning_is_left_to_the_next_evening(
    room: SimulatedRoom, club: Club, hong: Speaker
) -> None:
    await room.crash(hours=13)
    assert club.told([*club.news(), *await club.passes(minutes=10)], "群主") == ["离线 13 小时：没有遗留的消息。"]
    assert club.told(await club.until(4, 21), "群主") == [LIST.replace("周六 12-05", "周日 12-06")]
    assert acts_of(await club.until(5, 13), Act.REMOVE) == [(VIP, "小红")]


async def waiting(room: SimulatedRoom) -> set[tuple[str, str]]:
    """Return (name, time) of all that waits for its hour here."""
    found = await room.app.storage.read("default", find_deadlines, "rosters")
    return {(one.name, one.at.isoformat()) for one in found}


async def test_the_list_waits_only_in_rooms_that_plans_open(room: SimulatedRoom, club: Club) -> None:
    found = await room.app.storage.read("default", find_deadlines, "rosters", "tomorrow")
    assert [one.at.isoformat() for one in found] == ["2026-12-01T12:00:00+00:00"]
    assert len({one.room_id for one in found}) == 1


class TestWhereNothingIsSold:
    @pytest.fixture
    def room_config(self) -> str:
        return "commands:\n  cooldown: 0s\n"

    async def test_nothing_waits_and_the_owner_is_told_of_nothing_missed(self, room: SimulatedRoom) -> None:
        room.world.say(room.owner.contact_id, Conversation(room_id=room.room_id), "大家好")
        await room.app.drain()
        assert await waiting(room) == set()
        await room.crash(days=3)
        await room.clock.advance(minutes=10)
        assert await waiting(room) == set()
        assert [text for text in await room.texts() if "错过" in text] == []

    async def test_from_the_first_fact_on_ends_are_looked_for(self, room: SimulatedRoom) -> None:
        await Club(room).gives(room.member("小红"), 30)
        assert "sweep" in {name for name, _ in await waiting(room)}
        await room.crash(days=2)
        await room.clock.advance(minutes=10)
        assert "sweep" in {name for name, _ in await waiting(room)}
        assert [text for text in await room.texts() if "错过" in text] == []
