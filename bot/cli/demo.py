"""The whole bot on the embedded gateway: a group with a few people in it, to chat in by page and by terminal."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.app import App
from bot.cli.terminal import Terminal
from bot.clock import SystemClock
from bot.config_model import Config
from bot.gateway import Gateway
from bot.gateway.simulated import SimulatedGateway
from bot.gateway.simulated_group import World
from bot.payments.provider import PaymentProvider

if TYPE_CHECKING:
    from bot.payments.wechat_pay_stand_in import Callback

TOPIC = "Python学习群"
OWNER = "老王"
PEOPLE = ("小明", "小红", "小刚")
HINTS = ("@小知 asyncio 怎么限制并发？", "@小知 git 提交错了怎么撤销", "帮助", "@小知 火星上怎么种土豆？")


class Demo:
    """One run of the demonstration.

    Args:
        config: as for `run`.
        data: where it keeps its data, apart from the real bot's.
        schedules: `schedules.yaml`, if there is one.
        config_path: `bot.yaml`; edits of both files take effect at once.
        use_wechaty: talk through the puppet-service protocol and the Wechaty client, as in production.
        use_wechat_pay: let people pay by WeChat Pay, or what stands in for it here.
        use_afdian: let people pay over 爱发电, likewise.
    """

    def __init__(
        self,
        config: Config,
        data: Path,
        schedules: Path | None,
        config_path: Path,
        *,
        use_wechaty: bool,
        use_wechat_pay: bool = False,
        use_afdian: bool = False,
    ) -> None:
        self._config = config
        self._use_wechat_pay = use_wechat_pay or config.payments.provider == "wechat_pay"
        self._use_afdian = use_afdian or config.payments.provider == "afdian"
        self._config_path = config_path
        self._data = data
        self._schedules = schedules
        self._use_wechaty = use_wechaty
        self.clock = SystemClock()
        self.world = World(self.clock, id_prefix=f"m{self.clock.now():%Y%m%d%H%M%S%f}-")
        self.bot_id = self.world.add_contact(config.name)
        owner, *others = (self.world.add_contact(name) for name in (OWNER, *PEOPLE))
        self.room_id = self.world.add_room(TOPIC, owner, others, admin_ids=[self.bot_id])

    async def play(self, port: int | None) -> None:
        """Run until the person at the terminal leaves.

        Args:
            port: of the page; None for the terminal alone.
        """
        async with AsyncExitStack() as stack:
            gateway = await stack.enter_async_context(self._gateway())
            click.echo("正在启动机器人……")
            apps: list[App] = []
            app = App(
                self._config,
                gateway,
                self.clock,
                data_dir=self._data,
                schedules_path=self._schedules,
                config_path=self._config_path,
                providers=await self._providers(stack, apps),
            )
            apps.append(app)
            await app.start()
            stack.push_async_callback(app.stop)
            await app.search.wait_ready()
            if port is not None:
                await self._open_page(stack, app, port)
            await Terminal(self.world, self.bot_id, self.room_id, app.drain).run()

    async def _providers(self, stack: AsyncExitStack, apps: Sequence[App]) -> dict[str, PaymentProvider]:
        """Return what people pay by: no real account, whatever `bot.yaml` says."""
        found: dict[str, PaymentProvider] = {}
        if self._use_afdian:
            found["afdian"] = await self._afdian(stack, apps)
        if self._use_wechat_pay:
            found["wechat_pay"] = await self._wechat_pay(stack, apps)
        return found

    async def _afdian(self, stack: AsyncExitStack, apps: Sequence[App]) -> PaymentProvider:
        from bot.payments.afdian_stand_in_till import open_afdian_till

        def deliver(webhook: bytes) -> Coroutine[Any, Any, object]:
            return apps[0].payments.desk.hear("afdian", {}, webhook)

        return await stack.enter_async_context(open_afdian_till(self._data / "till", self.clock, deliver))

    async def _wechat_pay(self, stack: AsyncExitStack, apps: Sequence[App]) -> PaymentProvider:
        from bot.payments.wechat_pay_stand_in_till import open_till

        async def deliver(callback: Callback) -> int:
            status, _ = await apps[0].payments.desk.hear("wechat_pay", callback.headers, callback.body)
            return status

        return await stack.enter_async_context(open_till(self._data / "till", self.clock, deliver))

    async def _open_page(self, stack: AsyncExitStack, app: App, port: int) -> None:
        from bot.web.group_app import create_app
        from bot.web.serving import serving

        page = create_app(self.world, self.bot_id, waiting=lambda: app.sender.waiting, hints=HINTS)
        try:
            taken = await stack.enter_async_context(serving(page, port))
        except OSError:
            taken = await stack.enter_async_context(serving(page, 0))
            click.echo(f"端口 {port} 被占用，换一个。")
        click.echo(f"模拟群已打开：http://127.0.0.1:{taken}/")

    @asynccontextmanager
    async def _gateway(self) -> AsyncIterator[Gateway]:
        inside = SimulatedGateway(self.world, self.bot_id, self.clock)
        if not self._use_wechaty:
            yield inside
            return
        from bot.gateway.puppet_server import PuppetServer
        from bot.gateway.wechaty import WechatyGateway

        server = PuppetServer(inside, token := secrets.token_hex(16))
        await server.start()
        try:
            self._data.mkdir(parents=True, exist_ok=True)
            yield WechatyGateway(server.endpoint, token, self.clock, lock_folder=self._data)
        finally:
            await server.stop()
