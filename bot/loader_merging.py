"""Two records of one person become one, with a word from every plugin that keeps more about members than rows."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.loader import Loader
from bot.members_identities_store import merged_into, move_member, prefer_contact
from bot.storage import Database

log = logging.getLogger(__name__)


class Merging:
    """Merges members; plugins get it as `ctx.part("merging")`.

    Args:
        loader: the plugins, whose `merges` are called before rows are moved.
        forget: makes the core forget who was behind which contact a moment ago.
    """

    def __init__(self, loader: Loader, forget: Callable[[], None]) -> None:
        self._loader = loader
        self.forget = forget
        """Called after a merge has committed."""

    def merge(self, db: Database, from_id: str, to_id: str, contact_id: str = "") -> None:
        """Make everything of `from_id` that of `to_id`, in every table; done again, it does what was left.

        Args:
            db: a write transaction; call `forget` once it has committed.
            from_id: whose record ends.
            to_id: who it is really.
            contact_id: the contact by which this person is reached from now on; empty leaves it as it is.

        Raises:
            ValueError: it is one record already.
        """
        if from_id == to_id:
            raise ValueError("nobody is merged with themselves")
        for plugin in self._loader.plugins.values():
            for part in plugin.mergers:
                part(db, from_id, to_id)
        move_member(db, from_id, to_id)
        if contact_id:
            prefer_contact(db, contact_id)
        log.info("members merged from=%s to=%s", from_id, to_id)

    def merge_again(self, db: Database, member_id: str) -> None:
        """Take along what was written since under the numbers that ended as this member's."""
        for from_id in merged_into(db, member_id):
            self.merge(db, from_id, member_id)
