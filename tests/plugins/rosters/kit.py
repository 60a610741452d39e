"""A room that is only for members, and time given to members without buying it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot import members
from bot.gateway.simulated_facts import SentAct
from bot.model import Act, Contact, Conversation
from bot.payments.facts_store import add_fact
from bot.payments.model import Fact, FactKind
from bot.plugins.membership.model import MembershipChanged, PlanVersion
from bot.storage import Database
from bot.testing import SimulatedRoom, Speaker

VIP = "VIP群"
CONFIG = """
commands:
  cooldown: 0s
plugins:
  rosters: {check_every: 12h, keep_days: 7}
  membership:
    grace: 3d
    plans:
      - {id: month, title: 月度会员, price: 19.9, period: 1m, opens: [member, room:VIP群]}
      - {id: trial, title: 体验, trial: true, period: 7d, opens: [member]}
"""
DAY = 86_400


def plan(days: int, **changed: Any) -> PlanVersion:
    """Return a plan of so many days that opens the members' room."""
    facts: dict[str, Any] = {
        "plan_id": "month", "version": 1, "title": "月度会员", "price_fen": 1990, "seconds": days * DAY,
        "opens": ("member", f"room:{VIP}"), "grace_seconds": 3 * DAY,
    }  # fmt: skip
    return PlanVersion(**facts | changed)


class Club:
    """The members' room beside the open one.

    Args:
        room: the open room.
        others: names of people who are in the members' room for other reasons.
    """

    def __init__(self, room: SimulatedRoom, others: int = 0) -> None:
        self.room = room
        world = room.world
        self.room_id = world.add_room(VIP, room.owner.contact_id, [room.bot_id], admin_ids=[room.bot_id])
        for number in range(others):
            world.rooms[self.room_id].member_ids.append(world.add_contact(f"老友{number}"))
        self.place = Conversation(room_id=self.room_id)
        self._facts = 0
        self._seen = 0

    @property
    def people(self) -> set[str]:
        """The names of the people in it, the bot and the owner left out."""
        found = self.room.world.people_in(self.room_id)
        return {one.name for one in found if one.id not in {self.room.bot_id, self.room.owner.contact_id}}

    def brings(self, *names: str) -> None:
        """Put people into the members' room without a word."""
        for name in names:
            self.room.world.rooms[self.room_id].member_ids.append(self.room.member(name).contact_id)

    async def member_id(self, who: Speaker) -> str:
        """Return our number of a person."""
        contact = Contact(who.contact_id, who.name, weixin=self.room.world.contacts[who.contact_id].weixin)
        stable = self.room.gateway.capabilities.stable_ids
        found = await self._run(members.resolve_contact, self.room.bot_id, contact, stable)
        return str(found.id)

    async def gives(self, who: Speaker, days: int, **changed: Any) -> str:
        """Give a member so many days of the plan; returns the fact's key."""
        self._facts += 1
        key = f"test:{self._facts}"
        about = plan(days, **changed)
        await self.says(who, FactKind.GRANTED, key, plan=about.to_data())
        return key

    async def says(self, who: Speaker, kind: FactKind, key: str = "", at: datetime | None = None, **data: Any) -> None:
        """Write a fact down and say that it changed something."""
        member_id = await self.member_id(who)
        self._facts += 1
        fact = Fact(
            key=key or f"test:{self._facts}", kind=kind, at=at or self.room.clock.now(), provider="owner",
            member_id=member_id, data=data,
        )  # fmt: skip
        publish = self.room.app.services.publish

        def write(db: Database) -> None:
            add_fact(db, fact)
            publish(db, MembershipChanged(member_id))

        await self._run(write)
        await self.room.app.drain()

    async def passes(self, **delta: float) -> list[SentAct]:
        """Let time pass and return what the bot did meanwhile."""
        await self.room.clock.advance(**delta)
        return self.news()

    async def until(self, day: int, hour: int, minute: int = 0) -> list[SentAct]:
        """Let time pass until that day of the test (the first is 0) and hour in Shanghai; returns like `passes`."""
        first = datetime(2026, 12, 1, tzinfo=UTC) - timedelta(hours=8)
        ahead = first + timedelta(days=day, hours=hour, minutes=minute) - self.room.clock.now()
        return await self.passes(seconds=ahead.total_seconds())

    def news(self) -> list[SentAct]:
        """Return what the bot did since this was last asked for."""
        acts = self.room.said[self._seen :]
        self._seen = len(self.room.said)
        return acts

    def told(self, acts: list[SentAct], who: str) -> list[str]:
        """Return the texts among these that one person got in private."""
        return [one.text for one in acts if one.act is Act.TEXT and one.to == who]

    async def _run(self, fn: Any, *args: Any) -> Any:
        return await self.room.app.storage.run("default", fn, *args)


def acts_of(acts: list[SentAct], kind: Act) -> list[tuple[str | None, str | None]]:
    """Return (room, person) of the invitations or removals among these."""
    return [(one.room, one.to) for one in acts if one.act is kind]
