"""Who may do what: ids and the room's own facts grant, names never do."""

import pytest

from bot.config_model import Config
from bot.members import Identity
from bot.model import Role, Room, RoomInfo
from bot.roles import RoomFacts, has_strong_owner, role_of

ROOM = Room("r1", "Python学习群", "g1")
CONTACT = Identity("contact", "wxid_1", is_strong=True)
WEAK = Identity("contact", "wxid_1", is_strong=False)
WEIXIN = Identity("weixin", "laowang", is_strong=True)


def facts(**info: object) -> RoomFacts:
    known = RoomFacts()
    known.note(ROOM, RoomInfo("g1", "Python学习群", **info))  # type: ignore[arg-type]
    return known


@pytest.mark.parametrize(
    ("written", "identities", "room", "role"),
    [
        ({"owner": "weixin:laowang"}, [WEIXIN], ROOM, Role.OWNER),
        ({"owner": "weixin:laowang"}, [WEIXIN], None, Role.OWNER),
        ({"owner": "contact:wxid_1"}, [CONTACT], ROOM, Role.OWNER),
        ({"owner": "contact:wxid_1"}, [WEAK], ROOM, Role.MEMBER),
        ({"owner": "wxid_1"}, [CONTACT], ROOM, Role.MEMBER),
        ({"owner": "laowang"}, [WEIXIN], ROOM, Role.MEMBER),
        ({"admins": ["weixin:laowang"]}, [WEIXIN], ROOM, Role.ADMIN),
        ({"experts": ["weixin:laowang"]}, [WEIXIN], ROOM, Role.EXPERT),
        ({"rooms": {"Python学习群": {"roles": {"admin": "weixin:laowang"}}}}, [WEIXIN], ROOM, Role.ADMIN),
        ({"rooms": {"前端群": {"roles": {"admin": "weixin:laowang"}}}}, [WEIXIN], ROOM, Role.MEMBER),
        ({"rooms": {"Python学习群": {"roles": {"guest": "weixin:laowang"}}}}, [WEIXIN], ROOM, Role.GUEST),
        ({}, [], None, Role.MEMBER),
    ],
)
def test_the_file_grants_by_strong_ids_only(
    written: dict[str, object], identities: list[Identity], room: Room | None, role: Role
) -> None:
    assert role_of(Config.model_validate(written), identities, room, RoomFacts()) is role


def test_the_rooms_own_owner_and_admins_count_in_that_room() -> None:
    known = facts(owner_id="wxid_1", admin_ids=("wxid_2",))
    admin = Identity("contact", "wxid_2", is_strong=False)
    assert role_of(Config(), [WEAK], ROOM, known) is Role.OWNER
    assert role_of(Config(), [admin], ROOM, known) is Role.ADMIN
    assert role_of(Config(), [WEAK], Room("r2", "前端群"), known) is Role.MEMBER


def test_a_room_owner_is_the_owner_in_private_only_while_the_file_names_none_by_id() -> None:
    known = facts(owner_id="wxid_1")
    assert role_of(Config(), [WEAK], None, known) is Role.OWNER
    assert role_of(Config.model_validate({"owner": "老王"}), [WEAK], None, known) is Role.OWNER
    assert role_of(Config.model_validate({"owner": "weixin:boss"}), [WEAK], None, known) is Role.MEMBER


def test_a_report_without_the_owner_does_not_unseat_one() -> None:
    known = facts(owner_id="wxid_1")
    known.note(ROOM, RoomInfo("g1", "Python学习群"))
    assert known.owner_ids() == ["wxid_1"]


def test_an_owner_named_by_name_is_no_strong_owner() -> None:
    assert not has_strong_owner(Config.model_validate({"owner": "老王"}))
    assert has_strong_owner(Config.model_validate({"owner": ["老王", "weixin:laowang"]}))
