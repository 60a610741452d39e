"""Builds and runs what takes money: the desk, its background task, and the server for callbacks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack

from bot.clock import Clock
from bot.config_model import Config
from bot.dispatcher_core import spawn
from bot.payments.desk import PaymentDesk, TellOwner
from bot.payments.facts_store import last_fact_at
from bot.payments.model import Order
from bot.payments.orders_store import find_by_trade_number
from bot.payments.provider import PaymentProvider
from bot.payments.registry import make_providers
from bot.secret_codes import SECRET_KEY_FILE, SecretKey
from bot.storage import Storage

log = logging.getLogger(__name__)


class Payments:
    """The desk with what belongs to it.

    Args:
        storage: where everything is kept.
        config: returns the configuration in force.
        clock: the time.
        tell_owner: writes to the owner in the transaction at hand.
        providers: take the place of all configured ones, and the first of them that of the chosen one (tests, demo);
            nobody pays real money then. None takes the configured ones.
    """

    def __init__(
        self,
        storage: Storage,
        config: Callable[[], Config],
        clock: Clock,
        tell_owner: TellOwner,
        providers: Mapping[str, PaymentProvider] | None = None,
    ) -> None:
        key = SecretKey(storage.path.with_name(SECRET_KEY_FILE))
        found = make_providers(config, clock, key)
        chosen: str = config().payments.provider
        if providers is not None:
            found = {"owner": found["owner"], **providers}
            chosen = chosen if chosen in providers else next(iter(providers), "owner")
        self._storage, self._community, self._clock = storage, config().community, clock
        self._listen = config().payments.listen
        self._tasks: list[asyncio.Task[None]] = []
        self._serving = AsyncExitStack()
        self.desk = PaymentDesk(storage, config().community, clock, found, chosen, tell_owner=tell_owner)
        self.port = 0

    async def start(self) -> None:
        """Begin to ask providers in the background, and listen for their callbacks where that is wanted.

        No provider is waited for. A port that is taken is told in the log: polls find what callbacks would have said.
        """
        self._tasks.append(spawn(self.desk.run(), "payments"))
        for name, provider in self.desk.providers.items():
            if watch := getattr(provider, "watch", None):
                last = await self._storage.read(self._community, last_fact_at, name)
                self._tasks.append(spawn(watch(last or self._clock.now(), self.desk.note), f"watch {name}"))
        if self._listen is None or not any(one.is_automatic for one in self.desk.providers.values()):
            return
        from bot.web.payment_callbacks import make_callback_app
        from bot.web.serving import serving
        from bot.web.wechat_pay_page import add_payment_page

        app = make_callback_app(self.desk.hear)
        if page := getattr(self.desk.providers.get("wechat_pay"), "page", None):
            add_payment_page(app, page, self._find_order)
        host, _, port = self._listen.rpartition(":")
        try:
            self.port = await self._serving.enter_async_context(serving(app, int(port), host.strip("[]")))
        except OSError as error:
            log.error("cannot listen for payment callbacks on %s: %s", self._listen, error.strerror)  # noqa: TRY400
            return
        log.info("listening for payment callbacks on %s", self._listen)

    async def _find_order(self, trade_number: str) -> Order | None:
        return await self._storage.read(self._community, find_by_trade_number, trade_number)

    async def stop(self) -> None:
        """Take no more callbacks and ask nobody any more; what is not finished is asked again at the next start."""
        await self._serving.aclose()
        self.drop()
        for provider in self.desk.providers.values():
            if close := getattr(provider, "close", None):
                await asyncio.to_thread(close)
            if aclose := getattr(provider, "aclose", None):
                await aclose()

    def drop(self) -> None:
        """End as a killed process does."""
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
