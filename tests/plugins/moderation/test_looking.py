"""A QR code in a picture is found soon after it was posted, where a rule minds it; nothing is fetched elsewhere."""

from __future__ import annotations

import pytest

from bot.errors import GatewayUnavailable
from bot.model import FileContent
from bot.testing import SimulatedRoom
from tests.moderation import made_pictures as made
from tests.plugins.moderation.case_kit import cases
from tests.plugins.moderation.fair_kit import told

pytestmark = pytest.mark.slow

CODE = FileContent("poster.png", made.encode(made.code()))
PLAIN = FileContent("photo.png", made.encode(made.scene(200, 200)))


@pytest.fixture
def room_config() -> str:
    return """
commands: {cooldown: 0s}
plugins:
  moderation:
    welcome: {enabled: false}
    rules:
      codes: {kind: code, codes: [weixin_group], text: 不发别的群的二维码, action: warn, shadow: 0d}
"""


def owner_told(room: SimulatedRoom) -> list[str]:
    return told(room, room.owner.name)


def counted(room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is fetched from now on."""
    fetched: list[str] = []
    download = room.gateway.download

    async def count(message_id: str) -> FileContent:
        fetched.append(message_id)
        return await download(message_id)

    monkeypatch.setattr(room.gateway, "download", count)
    return fetched


async def test_who_posts_a_groups_code_is_warned_and_the_case_says_why(room: SimulatedRoom) -> None:
    xiaoming = room.member("小明")
    (warned,) = await xiaoming.sends(CODE)
    assert "不发别的群的二维码" in warned
    (case,) = await cases(room)
    assert (case.rule, case.member_id != "", case.evidence) == ("codes", True, made.GROUP[:20] + case.evidence[20:])
    assert "图片里有微信群二维码" in case.reason


async def test_pictures_without_a_code_and_codes_that_are_allowed_are_left_alone(room: SimulatedRoom) -> None:
    xiaoming = room.member("小明")
    person = FileContent("me.png", made.encode(made.code(made.PERSON)))
    assert await xiaoming.sends(PLAIN) == []
    assert await xiaoming.sends(person) == []
    assert await xiaoming.sends(FileContent("broken.png", b"\x89PNG\r\n\x1a\nnothing")) == []
    assert await cases(room) == []


async def test_a_picture_that_cannot_be_had_is_left_alone(room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_message_id: str) -> FileContent:
        raise GatewayUnavailable("lost")

    monkeypatch.setattr(room.gateway, "download", fail)
    assert await room.member("小明").sends(CODE) == []
    assert owner_told(room) == []


async def test_owners_pictures_are_not_even_fetched(room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = counted(room, monkeypatch)
    assert await room.owner.sends(CODE) == []
    assert fetched == []


async def test_after_a_crash_a_picture_is_judged_once(room: SimulatedRoom) -> None:
    await room.member("小明").sends(CODE)
    await room.crash()
    await room.member("小红").says("大家好")
    assert len(await cases(room)) == 1


class TestByDefault:
    """The rules as shipped: only newcomers' codes are reported."""

    @pytest.fixture
    def room_config(self) -> str:
        return "plugins: {moderation: {welcome: {enabled: false}}}"

    async def test_a_newcomers_code_is_shown_to_the_owner(self, room: SimulatedRoom) -> None:
        stranger = room.stranger("阿强")
        await stranger.joins()
        (shown,) = await stranger.sends(CODE)
        assert "刚进群就发微信群二维码" in shown
        assert owner_told(room) == [shown]

    async def test_pictures_of_others_are_not_even_fetched(
        self, room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fetched = counted(room, monkeypatch)
        assert await room.member("小明").sends(CODE) == []
        assert fetched == []
