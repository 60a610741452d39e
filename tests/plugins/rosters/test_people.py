from __future__ import annotations

import pytest

from bot.config_types import Person
from bot.model import Contact
from bot.plugins.rosters.people import Link, Occupant, identify, is_reachable, protect

STRONG = Link("contact", "c1", "hong", is_strong=True, is_current=True)
WEAK = Link("contact", "c1", "hong", is_strong=False, is_current=True)
STALE = Link("contact", "c1", "hong", is_strong=False, is_current=False)
WEIXIN = Link("weixin", "xiaohong", "hong", is_strong=True, is_current=True)


def seen(contact: Contact, *links: Link) -> tuple[str, bool]:
    (found,) = identify([contact], links)
    return found.member_id, found.is_sure


def test_an_id_that_lasts_or_the_id_people_type_proves_who_somebody_is() -> None:
    assert seen(Contact("c1", "小红"), STRONG) == ("hong", True)
    assert seen(Contact("c9", "小红", weixin="xiaohong"), WEIXIN) == ("hong", True)
    assert seen(Contact("c1", "小红", weixin="xiaohong"), WEAK, WEIXIN) == ("hong", True)


def test_an_id_of_this_login_alone_and_a_name_prove_nothing() -> None:
    assert seen(Contact("c1", "小红"), WEAK) == ("hong", False)
    assert seen(Contact("c1", "小红"), STALE) == ("", False)
    assert seen(Contact("c2", "小红"), STRONG) == ("", False)
    assert seen(Contact("c2", "小红", weixin="other"), STRONG, WEIXIN) == ("", False)


def test_ids_that_point_to_different_members_prove_nothing() -> None:
    other = Link("weixin", "xiaogang", "gang", is_strong=True, is_current=True)
    assert seen(Contact("c1", "小刚", weixin="xiaogang"), STRONG, other) == ("gang", False)
    assert seen(Contact("c1", "小刚", weixin="xiaogang"), WEAK, other) == ("gang", True)


@pytest.mark.parametrize(
    ("contact", "links", "reachable"),
    [
        (None, [STRONG], False),
        (Contact("c1", ""), [STRONG], True),
        (Contact("c1", ""), [WEAK], False),
        (Contact("c1", "", weixin="xiaohong"), [WEAK, WEIXIN], True),
        (Contact("c1", "", weixin="somebody"), [WEAK, WEIXIN], False),
        (Contact("c1", "", weixin="somebody"), [STRONG, WEIXIN], False),
        (Contact("c1", ""), [WEAK, WEIXIN], False),
        (Contact("c2", ""), [STRONG], False),
    ],
)
def test_an_invitation_goes_only_where_it_surely_belongs(
    contact: Contact | None, links: list[Link], *, reachable: bool
) -> None:
    assert is_reachable(contact, links) is reachable


def guarded(contact: Contact, member_id: str = "m", **given: object) -> bool:
    rules: dict[str, object] = {"people": (), "contact_ids": (), "member_ids": (), "names": ()}
    one = Occupant(contact_id=contact.id, name=contact.shown_name, member_id=member_id, is_sure=True)
    (found,) = protect([one], {contact.id: contact}, **rules | given)  # type: ignore[arg-type]
    return found.is_protected


def test_owner_admins_experts_and_the_allow_list_are_never_removed_by_whatever_id() -> None:
    contact = Contact("c1", "老王", room_alias="班长", alias="王老师", weixin="laowang")
    assert not guarded(contact)
    for person in (
        Person("weixin", "laowang"),
        Person("contact", "c1"),
        Person("name", "班长"),
        Person("name", "王老师"),
    ):
        assert guarded(contact, people=[person])
    assert not guarded(contact, people=[Person("weixin", "c1"), Person("name", "laowang")])
    assert guarded(contact, contact_ids={"c1"})
    assert guarded(contact, member_ids={"m"})
    assert not guarded(contact, member_id="x", member_ids={"m"})


def test_an_exception_holds_by_name_when_the_ids_are_new() -> None:
    assert guarded(Contact("new", "＠老Wang "), member_id="", names=["老wang"])
