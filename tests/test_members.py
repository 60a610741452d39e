from datetime import UTC, datetime

import pytest

from bot import members
from bot.clock import VirtualClock
from bot.model import Contact, RoomInfo
from bot.storage import Storage

ROOM = RoomInfo("r1", "Python学习群")


@pytest.fixture
async def run(tmp_path):
    clock = VirtualClock(datetime(2026, 12, 1, tzinfo=UTC))
    storage = Storage.open(tmp_path / "qunzhi.db", clock, [members.migrations])

    async def run(fn, *args, community="c", **kwargs):
        return await storage.run(community, fn, *args, **kwargs)

    yield run
    await storage.close()


async def meet(run, contact_id, name, *, stable=True, **fields):
    return await run(members.resolve_contact, "bot", Contact(contact_id, name, **fields), stable)


async def test_a_contact_is_the_same_member_whatever_its_name(run):
    first = await meet(run, "wx1", "小明")
    again = await meet(run, "wx1", "明哥", room_alias="老班长")
    assert first.id == again.id
    assert again.name == "老班长"
    assert (await run(members.member, first.id)).name == "明哥"


async def test_two_people_with_one_name_stay_two(run):
    assert (await meet(run, "wx1", "小明")).id != (await meet(run, "wx2", "小明")).id


async def test_a_new_contact_id_with_the_same_name_is_somebody_else_until_proven(run):
    first = await meet(run, "a", "小明", stable=False)
    await run(members.begin_login, "bot")
    second = await meet(run, "b", "小明", stable=False)
    assert first.id != second.id
    assert [i.is_strong for i in await run(members.identities_of, second.id)] == [False]
    assert await run(members.identities_of, first.id) == []


async def test_a_wechat_id_finds_the_member_behind_a_new_contact_id(run):
    first = await meet(run, "a", "小明", stable=False, weixin="xiaoming")
    await run(members.begin_login, "bot")
    second = await meet(run, "b", "换了名字", stable=False, weixin="xiaoming")
    assert first.id == second.id
    assert await run(members.contact_id_of, first.id) == "b"


async def test_a_stable_contact_id_is_proof(run):
    member = await meet(run, "wx1", "小明")
    assert await run(members.identities_of, member.id) == [members.Identity("contact", "wx1", is_strong=True)]


async def test_after_a_login_weak_ids_reach_nobody_until_seen_again(run):
    member = await meet(run, "a", "小明", stable=False)
    await run(members.begin_login, "bot")
    assert await run(members.contact_id_of, member.id) == ""
    await meet(run, "a", "小明", stable=False)
    assert await run(members.contact_id_of, member.id) == "a"


async def test_a_room_keeps_its_number_when_its_topic_changes(run):
    first = await run(members.resolve_room, "bot", ROOM, True)
    again = await run(members.resolve_room, "bot", RoomInfo("r1", "Python进阶群"), True)
    assert (first.id, again.topic) == (again.id, "Python进阶群")
    assert [room.topic for room in await run(members.rooms)] == ["Python进阶群"]


async def test_a_room_with_a_new_id_is_found_by_its_topic_only_when_its_old_id_is_gone(run):
    old = await run(members.resolve_room, "bot", RoomInfo("x1", "群"), False)
    twin = await run(members.resolve_room, "bot", RoomInfo("x2", "群"), False)
    assert old.id != twin.id
    await run(members.begin_login, "bot")
    assert (await run(members.resolve_room, "bot", RoomInfo("x1", "群"), False)).id == old.id
    assert (await run(members.resolve_room, "bot", RoomInfo("y2", "群"), False)).id == twin.id


async def test_two_lost_rooms_with_one_topic_are_not_mixed_up(run):
    lost = {(await run(members.resolve_room, "bot", RoomInfo(one, "群"), False)).id for one in ("x1", "x2")}
    await run(members.begin_login, "bot")
    assert (await run(members.resolve_room, "bot", RoomInfo("y1", "群"), False)).id not in lost


async def test_with_stable_ids_an_equal_topic_is_another_room(run):
    first = await run(members.resolve_room, "bot", RoomInfo("r1", "群"), True)
    await run(members.begin_login, "bot")
    assert (await run(members.resolve_room, "bot", RoomInfo("r2", "群"), True)).id != first.id


async def test_a_room_says_who_is_there_and_not_who_left(run):
    room = await run(members.resolve_room, "bot", ROOM, True)
    contacts = [Contact("wx1", "小明", room_alias="班长"), Contact("wx2", "小红")]
    here = [await run(members.resolve_contact, "bot", contact, True) for contact in contacts]
    for one in here:
        await run(members.note_presence, room.id, one)
    assert [m.name for m in await run(members.members_of, room.id)] == ["班长", "小红"]
    await run(members.note_absence, room.id, [here[0].id])
    assert [m.id for m in await run(members.members_of, room.id)] == [here[1].id]


async def test_names_are_found_whatever_their_width_and_case_those_in_the_room_first(run):
    outside = await meet(run, "wx1", "ＡＬＩＣＥ")
    room = await run(members.resolve_room, "bot", ROOM, True)
    inside = await run(members.resolve_contact, "bot", Contact("wx2", "x", room_alias="Alice"), True)
    await run(members.note_presence, room.id, inside)
    found = await run(members.find_by_name, "@alice", room.id)
    assert [m.id for m in found] == [inside.id, outside.id]
    assert await run(members.find_by_name, "bob", room.id) == []


async def test_communities_do_not_see_each_other(run):
    member = await meet(run, "wx1", "小明")
    assert await run(members.member, member.id, community="other") is None
    assert await run(members.find_by_name, "小明", community="other") == []
    assert await run(members.find_by_identity, "contact", "wx1", community="other") is None
    assert (await run(members.find_by_identity, "contact", "wx1")).id == member.id


async def test_unknown_ids_find_nothing(run):
    assert await run(members.member, "x") is None
    assert await run(members.room, "x") is None
    assert await run(members.contact_id_of, "x") == ""
    assert await run(members.gateway_room_id, "x") == ""
