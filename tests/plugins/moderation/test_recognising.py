"""Who shows the owner's picture is shown to the owner, and nobody waits for pictures or is fetched in vain."""

from __future__ import annotations

import asyncio
import logging
import random

import pytest

from bot.errors import GatewayRefused, GatewayUnavailable, NotSupported
from bot.plugins.moderation import recognising
from bot.testing import SimulatedRoom, Speaker
from tests.moderation.drawn_avatars import cut, face, jpeg, landscape, mirror, nobody
from tests.patience import PATIENCE
from tests.plugins.moderation.case_kit import cases
from tests.plugins.moderation.fair_kit import told

pytestmark = pytest.mark.slow

OWNERS = face(random.Random(3))
OTHERS = landscape(random.Random(4))
COPY = jpeg(cut(OWNERS, random.Random(5)).resize((132, 132)), 60)


@pytest.fixture
def room_config() -> str:
    return "plugins: {moderation: {welcome: {enabled: false}}}"


@pytest.fixture
def faces(room: SimulatedRoom) -> SimulatedRoom:
    """The room, with a picture for its owner and another one for the bot."""
    room.world.set_avatar(room.owner.contact_id, jpeg(OWNERS))
    room.world.set_avatar(room.bot_id, jpeg(OTHERS))
    return room


def owner_told(room: SimulatedRoom) -> list[str]:
    return told(room, room.owner.name)


def wearing(room: SimulatedRoom, speaker: Speaker, picture: bytes) -> Speaker:
    room.world.set_avatar(speaker.contact_id, picture)
    return speaker


def counted(room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return whose avatars are fetched from now on."""
    fetched: list[str] = []
    avatar = room.gateway.avatar

    async def count(contact_id: str) -> bytes | None:
        fetched.append(contact_id)
        return await avatar(contact_id)

    monkeypatch.setattr(room.gateway, "avatar", count)
    return fetched


async def test_who_comes_in_with_the_owners_picture_is_reported_once(faces: SimulatedRoom) -> None:
    fake = wearing(faces, faces.stranger("阿强"), COPY)
    await fake.joins()
    (shown,) = owner_told(faces)
    assert "头像和「群主」几乎一样。" in shown
    assert await fake.says("大家好呀") == []
    await fake.leaves()
    await fake.joins()
    await faces.clock.advance(days=8)
    await fake.says("又来了")
    assert owner_told(faces) == [shown]
    (case,) = await cases(faces)
    assert [one["family"] for one in case.findings] == ["avatar"]


async def test_name_and_picture_are_two_reasons_of_one_case(faces: SimulatedRoom) -> None:
    await wearing(faces, faces.stranger("群\u200b主"), COPY).joins()
    (shown,) = owner_told(faces)
    assert "看起来一样；头像和「群主」几乎一样。" in shown
    (case,) = await cases(faces)
    assert [one["family"] for one in case.findings] == ["lookalike", "avatar"]


async def test_a_picture_that_is_seen_after_the_name_is_one_more_reason(faces: SimulatedRoom) -> None:
    fake = wearing(faces, faces.member("群主-客服"), COPY)
    first, second = await fake.says("大家好呀")
    assert "只多了称呼" in first
    assert "群主-客服（V1）又多了一个理由：头像和「群主」几乎一样。" in second
    (case,) = await cases(faces)
    assert case.reason.endswith("只多了称呼；头像和「群主」几乎一样")
    assert await fake.says("今天真冷") == []


async def test_the_room_is_warned_once_when_the_double_talks_of_money(faces: SimulatedRoom) -> None:
    fake = wearing(faces, faces.stranger("阿强"), COPY)
    await fake.joins()
    warned = "提醒一下：「阿强」不是群主、管理员，也不是我。说到转账、加微信，请先找群主本人确认。"
    assert await fake.says("报名费转账给我就行") == [warned]
    assert await fake.says("转账给我就行啊快点") == []


async def test_the_first_words_of_a_double_may_be_about_money(faces: SimulatedRoom) -> None:
    fake = wearing(faces, faces.member("阿强"), COPY)
    warned, shown = sorted(await fake.says("报名费转账给我就行"), key=len)
    assert "头像和「群主」几乎一样" in shown
    assert warned.startswith("提醒一下：「阿强」不是群主")


async def test_a_mirrored_picture_and_the_bots_own_are_noticed(faces: SimulatedRoom) -> None:
    await wearing(faces, faces.stranger("阿强"), jpeg(mirror(OWNERS, random.Random(1)))).joins()
    await wearing(faces, faces.stranger("阿珍"), jpeg(OTHERS, 50)).joins()
    await faces.clock.advance(minutes=3)
    shown = "\n".join(owner_told(faces))
    assert "头像和「群主」几乎一样" in shown
    assert f"头像和「{faces.app.config.name}」几乎一样" in shown


async def test_default_pictures_and_other_people_are_left_alone(room: SimulatedRoom) -> None:
    room.world.set_avatar(room.owner.contact_id, jpeg(nobody()))
    room.world.set_avatar(room.bot_id, jpeg(OTHERS))
    for number, picture in enumerate([jpeg(nobody(), 60), jpeg(face(random.Random(9))), b"", b"GIF89a"]):
        await wearing(room, room.stranger(f"新人{number}"), picture).joins()
    assert owner_told(room) == []


async def test_what_the_owner_finds_harmless_is_not_shown_again(faces: SimulatedRoom) -> None:
    fake = wearing(faces, faces.stranger("阿强"), COPY)
    await fake.joins()
    await faces.owner.says("误判 V1", private=True)
    before = owner_told(faces)
    await faces.clock.advance(days=8)
    assert await fake.says("报名费转账给我就行") == []
    assert owner_told(faces) == before


async def test_who_is_exempt_and_the_leaders_themselves_are_not_fetched(
    faces: SimulatedRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = wearing(faces, faces.member("阿强"), COPY)
    await faces.owner.says("豁免 @阿强 30天 是我的小号")
    fetched = counted(faces, monkeypatch)
    assert await fake.says("大家好呀") == []
    await faces.owner.says("大家好")
    assert fake.contact_id not in fetched


async def test_a_gateway_without_avatars_is_never_asked(faces: SimulatedRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    faces.gateway.lose(shows_avatars=False)
    fetched = counted(faces, monkeypatch)
    await wearing(faces, faces.stranger("阿强"), COPY).joins()
    await wearing(faces, faces.stranger("群\u200b主"), COPY).joins()
    (shown,) = owner_told(faces)
    assert "看起来一样。" in shown
    assert fetched == []


@pytest.mark.parametrize("rule", ["{avatars: false}", "false"])
async def test_the_owner_can_have_pictures_left_alone(tmp_path, rule: str) -> None:
    from bot.testing import simulated_room

    config = f"plugins: {{moderation: {{rules: {{lookalikes: {rule}}}}}}}"
    async with simulated_room(config, folder=tmp_path) as room:
        room.world.set_avatar(room.owner.contact_id, jpeg(OWNERS))
        await wearing(room, room.stranger("阿强"), COPY).joins()
        assert owner_told(room) == []
        await room.stranger("群\u200b主").joins()
        assert len(owner_told(room)) == ("avatars" in rule)


@pytest.mark.parametrize("error", [GatewayUnavailable("down"), TimeoutError(), NotSupported("shows_avatars")])
async def test_a_failure_is_logged_once_and_nothing_is_asked_for_a_while(
    faces: SimulatedRoom, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    asked: list[str] = []

    async def fail(contact_id: str) -> bytes | None:
        asked.append(contact_id)
        if isinstance(error, NotSupported):
            faces.gateway.lose(shows_avatars=False)
        raise error

    with caplog.at_level(logging.INFO, recognising.__name__), monkeypatch.context() as patched:
        patched.setattr(faces.gateway, "avatar", fail)
        fake = wearing(faces, faces.member("阿强"), COPY)
        for text in ("大家好", "在吗", "有人吗"):
            await fake.says(text)
        assert len(asked) == 1
        await faces.clock.advance(minutes=11)
        await fake.says("还在吗")
    lines = [one for one in caplog.records if one.name == recognising.__name__]
    assert len(lines) == (0 if isinstance(error, NotSupported) else 1)
    if not isinstance(error, NotSupported):
        await faces.clock.advance(minutes=11)
        assert "头像和「群主」几乎一样" in owner_told(faces)[0]


async def test_a_contact_without_a_picture_is_no_failure(faces: SimulatedRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    avatar, fake = faces.gateway.avatar, wearing(faces, faces.stranger("阿强"), COPY)

    async def refuse(contact_id: str) -> bytes | None:
        if contact_id == faces.bot_id:
            raise GatewayRefused("no avatar")
        return await avatar(contact_id)

    monkeypatch.setattr(faces.gateway, "avatar", refuse)
    await fake.joins()
    assert len(owner_told(faces)) == 1


async def test_one_picture_for_everybody_is_not_believed(room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    async def icon(contact_id: str) -> bytes | None:
        return jpeg(OWNERS)

    monkeypatch.setattr(room.gateway, "avatar", icon)
    for number in range(4):
        fake = room.stranger(f"新人{number}")
        await fake.joins()
        await fake.says("大家好")
    assert owner_told(room) == []


async def test_in_a_wave_only_so_many_are_fetched_and_all_names_are_looked_at(
    faces: SimulatedRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = counted(faces, monkeypatch)
    people = [faces.stranger(f"新人{number}") for number in range(70)]
    late = wearing(faces, faces.stranger("群\u200b主"), COPY)
    ids = [one.contact_id for one in (*people, late)]
    await faces.after(lambda: faces.world.join(faces.room_id, ids))
    assert len(fetched) <= 2 + 12  # the owner's, the bot's, and those of the first minute
    await faces.clock.advance(minutes=10)
    assert 2 + 36 <= len(fetched) <= 2 + 48
    assert "看起来一样" in "\n".join(owner_told(faces))
    before = len(owner_told(faces))
    await late.says("大家好")
    assert "又多了一个理由" in owner_told(faces)[before]


async def test_who_is_put_in_line_is_looked_at_after_a_crash(
    faces: SimulatedRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [wearing(faces, faces.stranger(f"新人{number}"), COPY) for number in range(14)]
    await faces.after(lambda: faces.world.join(faces.room_id, [one.contact_id for one in people]))
    await faces.crash(minutes=2)
    await faces.clock.advance(minutes=15)
    assert len(await cases(faces)) == 14


async def test_nobody_is_fetched_where_no_leader_has_a_picture(
    room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = counted(room, monkeypatch)
    for number in range(5):
        await room.member(f"小{number}").says("大家好")
    assert set(fetched) == {room.owner.contact_id, room.bot_id}


async def test_leaders_are_fetched_once_a_day_and_members_once_a_week(
    faces: SimulatedRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched, ming = counted(faces, monkeypatch), faces.member("小明")
    for _ in range(8):
        await ming.says("早")
        await ming.says("吃了吗")
        await faces.clock.advance(days=1)
    assert fetched.count(ming.contact_id) == 2
    ming.renames("明哥")
    await ming.says("我改名了")
    assert fetched.count(ming.contact_id) == 3
    assert fetched.count(faces.owner.contact_id) <= 3


async def test_talk_does_not_wait_for_pictures(faces: SimulatedRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, answered = asyncio.Event(), asyncio.Event()
    faces.world.watch_acts(lambda act: answered.set() if act.room else None)

    async def hang(contact_id: str) -> bytes | None:
        await gate.wait()
        return None

    monkeypatch.setattr(faces.gateway, "avatar", hang)
    ming = faces.member("小明")
    saying = asyncio.create_task(ming.says("群规"))
    async with asyncio.timeout(PATIENCE):
        await answered.wait()
    gate.set()
    await saying
