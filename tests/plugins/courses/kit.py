"""Money as the owner tells of it, and posts that lessons are made of."""

from __future__ import annotations

from pathlib import Path

from bot.payments import owner
from bot.payments.model import Order
from bot.payments.orders_store import get_order
from bot.storage import Database
from bot.testing import SimulatedRoom


async def pay(room: SimulatedRoom, number: int) -> list[str]:
    """Let the owner have the money of an order; return what was said."""

    def take(db: Database) -> None:
        order = get_order(db, number)
        assert order is not None
        room.app.payments.desk.take(db, owner.payment(order, room.clock.now()))

    return await after(room, take)


async def refund(room: SimulatedRoom, number: int, amount_fen: int | None = None, *, nth: int = 1) -> list[str]:
    """Let the owner give it back, or a part of it; return what was said."""

    def take(db: Database) -> None:
        order = get_order(db, number)
        assert order is not None
        fen = order.amount_fen if amount_fen is None else amount_fen
        room.app.payments.desk.take(db, owner.refund(order, fen, room.clock.now(), number=nth))

    return await after(room, take)


async def after(room: SimulatedRoom, fn: object) -> list[str]:
    """Write something and return the texts that were sent."""
    await room.clock.catch_up()
    before = len(room.said)
    await room.app.storage.run(room.app.config.community, fn)  # type: ignore[arg-type] # whatever the caller wrote
    await room.app.drain()
    return [act.text for act in room.said[before:] if act.text]


async def order(room: SimulatedRoom, number: int) -> Order:
    """Return an order as it stands."""
    found = await room.app.storage.read(room.app.config.community, get_order, number)
    assert found is not None
    return found


def write_posts(folder: Path, **access: str) -> Path:
    """Write posts `go-1`, `go-2`, … with the access given for each."""
    folder.mkdir(exist_ok=True)
    titles = {"go-1": "Hello", "go-2": "切片", "go-3": "goroutine"}
    for name, title in titles.items():
        body = f"{title} 的第一段，讲清楚这一课要学的是什么。" * 8
        head = f"id: {name}\ntitle: {title}\nauthor: 老王\ndate: 2026-11-01\naccess: {access.get(name, 'free')}"
        (folder / f"{name}.md").write_text(f"---\n{head}\n---\n{body}\n", encoding="utf-8")
    return folder
