"""Who the people in a room are: by ids that prove it, never by a name alone; and who of them is never removed."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.plugin import Contact, Person


@dataclass(frozen=True, slots=True)
class Link:
    """An id on record that points to a member.

    Attributes:
        kind: `contact` or `weixin`.
        value: the id.
        member_id: whom it points to.
        is_strong: whether it proves who that is.
        is_current: seen since the login.
    """

    kind: str
    value: str
    member_id: str
    is_strong: bool
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupant:
    """Somebody in a room.

    Attributes:
        contact_id: the gateway's id.
        name: as the room shows it.
        member_id: whom the ids point to; empty for nobody known.
        is_sure: whether they prove it.
        lasts: whether the gateway's id survives a login, so that it may be used later.
        is_protected: owner, admin, expert, exception or the bot itself: never removed.
    """

    contact_id: str
    name: str
    member_id: str = ""
    is_sure: bool = False
    lasts: bool = False
    is_protected: bool = False


def identify(contacts: Iterable[Contact], links: Iterable[Link]) -> list[Occupant]:
    """Return who the people in a room are.

    The id people type, where the gateway tells it, comes first; the gateway's own id proves something only where it
    survives a login. Two ids that point to different members prove nothing.

    Args:
        contacts: as the gateway lists them.
        links: what is on record for their ids.
    """
    known = {(link.kind, link.value): link for link in links}
    return [_identify(contact, known) for contact in contacts]


def _identify(contact: Contact, known: Mapping[tuple[str, str], Link]) -> Occupant:
    found = [known.get(("weixin", contact.weixin)) if contact.weixin else None, known.get(("contact", contact.id))]
    links = [link for link in found if link]
    proofs = {link.member_id for link in links if link.is_strong}
    member_id = next((link.member_id for link in links if link.is_strong or link.is_current), "")
    return Occupant(
        contact_id=contact.id,
        name=contact.shown_name,
        member_id=member_id,
        is_sure=len(proofs) == 1 and member_id in proofs,
        lasts=any(link.kind == "contact" and link.is_strong for link in links),
    )


def is_reachable(contact: Contact | None, links: Sequence[Link]) -> bool:
    """Whether a contact surely is the member whose ids are given, so that an invitation reaches no stranger.

    Args:
        contact: as the gateway shows it now; None when it shows none.
        links: all ids of the member.
    """
    if contact is None:
        return False
    strong = {(link.kind, link.value) for link in links if link.is_strong}
    if contact.weixin and any(kind == "weixin" for kind, _ in strong):
        return ("weixin", contact.weixin) in strong
    return ("contact", contact.id) in strong


def protect(
    occupants: Iterable[Occupant],
    contacts: Mapping[str, Contact],
    *,
    people: Collection[Person],
    contact_ids: Collection[str],
    member_ids: Collection[str],
    names: Collection[str],
) -> list[Occupant]:
    """Mark those who are never removed; here a name is enough, for it can only keep somebody.

    Args:
        occupants: who is in the room.
        contacts: contact id → as the gateway lists it.
        people: owner, admins, experts and the allow-list of `bot.yaml`.
        contact_ids: the room's owner and admins by WeChat's word, and the bot.
        member_ids: the owner's exceptions.
        names: their names, should their ids have changed.
    """
    named = {(one.kind, _fold(one.value) if one.kind == "name" else one.value) for one in people}
    named |= {("name", _fold(name)) for name in names}
    ids, exceptions = set(contact_ids), set(member_ids)

    def is_protected(one: Occupant) -> bool:
        return one.contact_id in ids or one.member_id in exceptions or bool(_keys(contacts[one.contact_id]) & named)

    return [replace(one, is_protected=True) if is_protected(one) else one for one in occupants]


def _keys(contact: Contact) -> set[tuple[str, str]]:
    names = {("name", _fold(name)) for name in (contact.name, contact.room_alias, contact.alias) if name}
    return {("contact", contact.id), ("weixin", contact.weixin)} | names


def _fold(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().removeprefix("@").strip().casefold()
