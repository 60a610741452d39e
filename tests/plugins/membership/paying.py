"""Money as the owner's word tells of it."""

from __future__ import annotations

from datetime import timedelta

from bot.payments import owner
from bot.payments.orders_store import get_order
from bot.storage import Database
from bot.testing import SimulatedRoom


async def pay(room: SimulatedRoom, number: int, ago: timedelta = timedelta()) -> list[str]:
    """Let the owner have the money of an order, since a while, and return what the bot then says."""

    def write(db: Database) -> None:
        found = get_order(db, number)
        assert found is not None
        room.app.services.part("payments").take(db, owner.payment(found, room.clock.now() - ago))

    return await _run(room, write)


async def give_back(room: SimulatedRoom, number: int, amount_fen: int, count: int = 1) -> list[str]:
    """Let the owner give money of an order back, and return what the bot then says."""

    def write(db: Database) -> None:
        found = get_order(db, number)
        assert found is not None
        refund = owner.refund(found, amount_fen, room.clock.now(), number=count)
        room.app.services.part("payments").take(db, refund)

    return await _run(room, write)


async def _run(room: SimulatedRoom, write: object) -> list[str]:
    await room.clock.catch_up()
    await room.texts()
    await room.app.storage.run(room.app.config.community, write)  # type: ignore[arg-type]
    await room.app.drain()
    return await room.texts()
