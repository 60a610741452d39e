"""What the owner is told: one private line each, never twice for one reason."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot import members, outbox, owed_notices_store
from bot.config_types import Person
from bot.dispatcher_core import Core
from bot.errors import StorageError
from bot.loader import Loader
from bot.members import Identity
from bot.model import Delivery, Member, Outgoing, Priority, Role, Room
from bot.owed_notices_store import OwedNotice
from bot.roles import has_strong_owner, role_of
from bot.storage import Database
from bot.supervisor import FaultReport

log = logging.getLogger(__name__)


class OwnerNotices:
    """Writes to the owners: those whom `bot.yaml` names by id, else the owners of the rooms.

    Args:
        core: the parts.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._owes = True  # an earlier process may have left something

    async def tell(self, text: str, key: str, room: Room | None = None) -> None:
        """Write a line to the owner, in a transaction of its own.

        Args:
            text: what to say, in Chinese.
            key: what it is about; a second notice with the same key is not sent.
            room: the room it is about, whose owner is told.
        """
        await self._core.storage.run(self._core.community, lambda db: self.write(db, text, key, room))

    def owes(self, talker: Sequence[Identity]) -> bool:
        """Tell whether something waits to be told and this is an owner, who may have been unknown until now.

        Args:
            talker: what points to the person who speaks.
        """
        return self._owes and role_of(self._core.config(), talker, None, self._core.facts) is Role.OWNER

    async def tell_owed(self) -> None:
        """Write what was to be told before any owner was known; called when the rooms or an owner have shown up."""

        def write(db: Database) -> None:
            self._owes = False
            for notice in owed_notices_store.take(db):
                self.write_about(db, *notice)

        try:
            await self._core.storage.run(self._core.community, write)
        except StorageError:
            self._owes = True
            raise

    def write(self, db: Database, text: str, key: str, room: Room | None = None) -> int:
        """Write a line to the owner in the transaction at hand; return how many owners there are to tell."""
        owners = find_owners(db, self._core, room)
        if not owners:
            log.warning("no owner to tell key=%s: name one in bot.yaml as owner: weixin:ID", key)
            owed_notices_store.add(db, OwedNotice(text, key, room.id if room else ""))
            self._owes = True
        elif not self._core.gateway.capabilities.can_send_private:
            log.warning("the gateway cannot send private notices key=%s", key)
            return 0
        for owner in owners:
            outbox.enqueue(db, _to_owner(owner, text, key))
        return len(owners)

    def reviewers(self, db: Database, room: Room | None) -> list[Member]:
        """Return who may decide about people of a room, each once: its owners first, then its admins."""
        return find_reviewers(db, self._core, room)

    def write_about(self, db: Database, text: str, key: str, room_id: str) -> None:
        """Write a line about a room in the transaction at hand, as the sender asks for it; see `outbox_turn`."""
        self.write(db, text, key, members.room(db, room_id) if room_id else None)


class FaultDesk:
    """Stops a plugin whose fault budget is gone, and tells the owner of faults, once per plugin, room and day.

    Args:
        core: the parts.
        loader: stops the plugin.
        notices: write to the owner.
    """

    def __init__(self, core: Core, loader: Loader, notices: OwnerNotices) -> None:
        self._core = core
        self._loader = loader
        self._notices = notices

    async def on_fault(self, report: FaultReport) -> None:
        """Take note of a fault."""
        where = f"「{report.room.topic}」" if report.room else "私聊"
        plugin = self._loader.plugins.get(report.plugin)
        title = plugin.title if plugin else report.plugin
        day = report.at.astimezone(self._core.zone(report.room)).date().isoformat()
        place = report.room.id if report.room else "private"
        if report.stopped:
            await self._loader.stop_in(report.plugin, report.room, f"10 分钟内出错 3 次：{report.what}")
            text = f"插件「{title}」在{where}10 分钟内出错 3 次，已在那里停用。修好后发「插件 启用 {report.plugin}」。"
            await self._notices.tell(text, f"stopped/{report.plugin}/{place}/{report.at.isoformat()}", report.room)
            return
        text = f"插件「{title}」在{where}出错了：{report.what}，其他功能不受影响。详情在日志里，编号 {report.cause}。"
        await self._notices.tell(text, f"fault/{report.plugin}/{place}/{day}", report.room)


def find_owners(db: Database, core: Core, room: Room | None = None) -> list[Member]:
    """Return the people to tell, each once: those whom `bot.yaml` names by id, else the owners of the rooms.

    A name alone is not trusted with what the owner reads, and the bot's own account is told nothing.

    Args:
        db: the transaction.
        core: the parts.
        room: the room it is about; None for what concerns all of them.
    """
    config, facts = core.config(), core.facts
    people = config.people_with(Role.OWNER, room.topic if room else None)
    found = [_find_person(db, person) for person in people if person.is_strong]
    if not has_strong_owner(config):
        info = facts.of(room)
        ids = [info.owner_id] if info and info.owner_id else facts.owner_ids()
        found += [members.find_by_identity(db, "contact", contact_id) for contact_id in ids]
    return list({member.id: member for member in found if member and member.contact_id != core.account}.values())


def find_reviewers(db: Database, core: Core, room: Room | None) -> list[Member]:
    """Return the owners and the admins of a room, each once, the bot's own account left out.

    Args:
        db: the transaction.
        core: the parts.
        room: which; None for those of the whole community.
    """
    people = core.config().people_with(Role.ADMIN, room.topic if room else None)
    found = [_find_person(db, person) for person in people if person.is_strong]
    info = core.facts.of(room)
    ids = [info.owner_id, *info.admin_ids] if info else []
    found += [members.find_by_identity(db, "contact", contact_id) for contact_id in ids if contact_id]
    admins = [member for member in found if member and member.contact_id != core.account]
    return list({member.id: member for member in [*find_owners(db, core, room), *admins]}.values())


def _find_person(db: Database, person: Person) -> Member | None:
    return members.find_by_identity(db, person.kind, person.value)


def _to_owner(owner: Member, text: str, key: str) -> Outgoing:
    return Outgoing(
        member_id=owner.id,
        text=text,
        dedupe_key=f"owner/{owner.id}/{key}",
        priority=Priority.PRIVATE_NOTICE,
        delivery=Delivery.AT_LEAST_ONCE,
        cause=key,
        reason="通知群主",
    )
