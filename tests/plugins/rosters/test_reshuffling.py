"""Contact ids are dealt out anew at each login: nobody who paid is removed, and no stranger is let in."""

from __future__ import annotations

import asyncio
import random
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import members
from bot.clock import VirtualClock
from bot.model import Contact
from bot.plugins.rosters.model import Standing
from bot.plugins.rosters.people import identify, is_reachable
from bot.plugins.rosters.people_store import links_of, links_to
from bot.plugins.rosters.rules import compare, find_leavers
from bot.plugins.rosters.store import migrations
from bot.storage import Database, Storage
from tests.examples import examples
from tests.plugins.rosters.kit import VIP

pytestmark = pytest.mark.slow  # properties by the hundred

NOW = datetime(2026, 12, 1, tzinfo=UTC)
NAMES = ("小明", "小红", "小刚", "🐟")


@dataclass(slots=True)
class Human:
    """Somebody with a phone.

    Attributes:
        name: of four, so that many share one.
        weixin: told by the gateway; empty when it does not.
        has_paid: their membership runs; the others' is over.
        contact_id: of this login.
        member_id: under which they paid, at the first login.
    """

    name: str
    weixin: str
    has_paid: bool
    contact_id: str = ""
    member_id: str = ""

    @property
    def contact(self) -> Contact:
        return Contact(self.contact_id, self.name, weixin=self.weixin)


@dataclass(slots=True)
class Wechat:
    """All of them, on a gateway whose ids last for one login."""

    db: Database
    people: list[Human]
    chance: random.Random
    pool: list[str] = field(default_factory=list)

    def log_in(self, *, reuses_ids: bool) -> None:
        """Deal out ids: others than before, or the same ones to other people."""
        members.begin_login(self.db, "bot")
        if not reuses_ids or not self.pool:
            self.pool = [f"@{self.chance.getrandbits(64):x}" for _ in self.people]
        self.chance.shuffle(self.pool)
        for one, contact_id in zip(self.people, self.pool, strict=True):
            one.contact_id = contact_id

    def talk(self, share: float) -> None:
        """Let some of them say something."""
        for one in self.people:
            if self.chance.random() < share:
                members.resolve_contact(self.db, "bot", one.contact, stable_ids=False)

    def pay(self) -> None:
        for one in self.people:
            one.member_id = members.resolve_contact(self.db, "bot", one.contact, stable_ids=False).id

    def standings(self) -> dict[str, Standing]:
        return {
            one.member_id: Standing(member_id=one.member_id, opens=frozenset({VIP}))
            if one.has_paid
            else Standing(member_id=one.member_id, ended={VIP: NOW - timedelta(days=9)})
            for one in self.people
        }

    def removed(self) -> list[Human]:
        """Return whom the rules would take out of the room that everybody is in."""
        contacts = [one.contact for one in self.people]
        links = links_to(self.db, "contact", [one.id for one in contacts])
        links += links_to(self.db, "weixin", [one.weixin for one in contacts if one.weixin])
        sure = {one.contact_id for one, _ in find_leavers(identify(contacts, links), self.standings(), VIP).sure}
        return [one for one in self.people if one.contact_id in sure]

    def invited(self) -> list[Human]:
        """Return whom the rules would bring into a room that nobody is in."""
        shown = {one.contact_id: one for one in self.people}
        found = []
        wanted = {one.member_id for one in self.standings().values() if VIP in one.opens}
        for member_id in compare(wanted, frozenset()).missing:
            links = links_of(self.db, member_id)
            contact_id = next((link.value for link in links if link.kind == "contact"), "")
            if contact_id and is_reachable(shown[contact_id].contact, links):
                found.append(shown[contact_id])
        return found


people = st.lists(
    st.tuples(st.sampled_from(NAMES), st.booleans(), st.booleans()), min_size=2, max_size=12
)  # name, whether the gateway tells the WeChat id, whether they paid
logins = st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=5)


def play(
    drawn: list[tuple[str, bool, bool]], logins: list[tuple[bool, float]], seed: int
) -> tuple[list[Human], list[Human]]:
    """Return who was removed and who was invited in all these logins."""

    def live(db: Database) -> tuple[list[Human], list[Human]]:
        humans = [Human(name, f"wx{at}" if tells else "", paid) for at, (name, tells, paid) in enumerate(drawn)]
        world = Wechat(db, humans, random.Random(seed))
        world.log_in(reuses_ids=False)
        world.pay()
        removed, invited = world.removed(), world.invited()
        for reuses_ids, share in logins:
            world.log_in(reuses_ids=reuses_ids)
            for _ in range(2):
                removed += world.removed()
                invited += world.invited()
                world.talk(share)
        return removed, invited

    async def run() -> tuple[list[Human], list[Human]]:
        with tempfile.TemporaryDirectory() as folder:
            parts = [members.migrations, migrations]
            storage = Storage.open(Path(folder) / "qunzhi.db", VirtualClock(NOW), parts)
            found = await storage.run("c", live)
            await storage.close()
            return found

    return asyncio.run(run())


@settings(max_examples=examples(30))
@given(people, logins, st.integers(0, 2**32))
def test_however_ids_are_dealt_out_nobody_who_paid_is_removed_and_no_stranger_is_invited(
    drawn: list[tuple[str, bool, bool]], logins: list[tuple[bool, float]], seed: int
) -> None:
    removed, invited = play(drawn, logins, seed)
    assert [one for one in removed if one.has_paid] == []
    assert [one for one in invited if not one.has_paid] == []


@pytest.mark.soak
@settings(max_examples=examples(1000))
@given(people, logins, st.integers(0, 2**32))
def test_a_thousand_times_nobody_who_paid_is_removed_and_no_stranger_is_invited(
    drawn: list[tuple[str, bool, bool]], logins: list[tuple[bool, float]], seed: int
) -> None:
    removed, invited = play(drawn, logins, seed)
    assert [one for one in removed if one.has_paid] + [one for one in invited if not one.has_paid] == []


def test_those_whose_ids_prove_who_they_are_are_found_again() -> None:
    drawn = [("小红", True, True), ("小红", True, False), ("小红", False, True), ("小红", False, False)]
    removed, invited = play(drawn, [(False, 1.0)], 1)
    assert {one.weixin for one in removed} == {"wx1"}
    assert {one.weixin for one in invited} == {"wx0"}
