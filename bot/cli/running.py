"""Commands that run the bot: for real, in a simulated group to chat in, and from a script."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.app import App
from bot.cli.offline import read_config
from bot.cli.options import config_option, data_option, data_option_of, default_file, json_option, schedules_option
from bot.clock import Clock, SystemClock
from bot.config import ENDPOINT_VARIABLE, TOKEN_VARIABLE
from bot.config_model import Config
from bot.errors import GatewayRefused, StorageError
from bot.gateway import Gateway
from bot.log import LogSink
from bot.search.semantic import THREAD

if TYPE_CHECKING:
    from bot.gateway.wechaty import WechatyGateway

_NO_GATEWAY = "没有{what}：请设置环境变量 {variables}。只想试试的话，运行 python -m bot demo。"
_NO_TOKEN = ("网关令牌", TOKEN_VARIABLE)
_NO_ENDPOINT = ("网关地址", f"{ENDPOINT_VARIABLE}（主机:端口）")


@contextmanager
def logging_to(config: Config, folder: Path, *, on_screen: bool) -> Iterator[Path]:
    """Write logs below `folder` while the block runs; yields the log file.

    Raises:
        StorageError: the folder cannot be written.
    """
    try:
        sink = LogSink(config.log, folder, console=sys.stderr if on_screen else None, secrets=config.secrets)
    except OSError as error:
        raise StorageError(f"the data folder {folder} cannot be written: {error.strerror}") from error
    sink.start()
    try:
        yield sink.path
    finally:
        sink.stop()


def connect_wechaty(config: Config, clock: Clock) -> WechatyGateway:
    """Return the gateway that the configuration and the environment name.

    Raises:
        GatewayRefused: the token or the endpoint is missing, or cannot be used.
    """
    from bot.gateway.wechaty import WechatyGateway
    from bot.gateway.wechaty_settings import Timings, TlsSettings

    token, settings = config.gateway_token, config.gateway
    missing = ([_NO_TOKEN] if token is None else []) + ([_NO_ENDPOINT] if settings.endpoint is None else [])
    if token is None or settings.endpoint is None:
        what, variables = zip(*missing, strict=True)
        raise GatewayRefused(_NO_GATEWAY.format(what="和".join(what), variables=" 和 ".join(variables)))
    ca_file = Path(settings.ca_file) if settings.ca_file else None
    tls = TlsSettings(ca_file, settings.server_name) if settings.tls else None
    timings = Timings(call=settings.call_timeout.total_seconds())
    return WechatyGateway(
        settings.endpoint,
        token.get_secret_value(),
        clock,
        lock_folder=_lock_folder(),
        tls=tls,
        timings=timings,
        puppet=settings.puppet or "",
    )


def _lock_folder() -> Path:
    """Return a folder that all bots on this machine share: two of them on one gateway would cut each other off."""
    folder = Path(tempfile.gettempdir()) / "qunzhi-locks"
    if not folder.exists():
        folder.mkdir(exist_ok=True)
        folder.chmod(0o1777)
    return folder


async def until_told_to_stop(app: App) -> None:
    """Return at SIGTERM or SIGINT.

    Raises:
        GatewayRefused: the gateway will not have this bot, now or later.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    waiting = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(app.refused())]
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    for task in done:
        task.result()


@click.command()
@config_option
@schedules_option
@data_option
def run(config_path: Path | None, schedules_path: Path | None, data_dir: Path | None) -> None:
    """连接真实的网关，一直运行。"""
    config = read_config(config_path)
    data = data_dir or Path(config.data)

    async def work() -> None:
        clock = SystemClock()
        app = App(
            config,
            connect_wechaty(config, clock),
            clock,
            data_dir=data,
            schedules_path=default_file(schedules_path, "schedules.yaml"),
            config_path=config_path or Path("bot.yaml"),
        )
        await app.start()
        gc.freeze()  # what is there now stays: no collection has to look at it again
        try:
            await until_told_to_stop(app)
        finally:
            await app.stop()

    with logging_to(config, data, on_screen=True):
        asyncio.run(work())
    _leave()


def _leave() -> None:
    """End here if an encoder is still being loaded, which Python would wait for; everything is on disk."""
    if any(thread.name.startswith(THREAD) for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


@click.command()
@click.argument("script", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@data_option_of("默认用完就删")
@config_option
@schedules_option
def simulate(
    script: Path,
    as_json: bool,
    data_dir: Path | None,
    config_path: Path | None,
    schedules_path: Path | None,
) -> None:
    """按脚本演一遍：时间是虚拟的，不等待。"""
    config = read_config(config_path)
    schedules = default_file(schedules_path, "schedules.yaml")
    with _folder(data_dir) as data, logging_to(config, data, on_screen=False):
        asyncio.run(_simulate(script, config, data, schedules, as_json=as_json))


async def _simulate(script: Path, config: Config, data: Path, schedules: Path | None, *, as_json: bool) -> None:
    from bot.simulation import Simulation
    from bot.simulation_script import read_script
    from bot.simulation_transcript import JsonReporter, TextReporter, find_column

    copy = _copy_schedules(schedules, config, data)

    def make_bot(gateway: Gateway, clock: Clock) -> App:
        return App(config, gateway, clock, data_dir=data, schedules_path=copy)

    zone = config.zone()
    steps = read_script(script, config.name)
    reporter = (
        JsonReporter(click.echo, zone, lambda text: click.echo(text, err=True))
        if as_json
        else TextReporter(click.echo, zone, config.name, find_column(steps, config.name))
    )
    simulation = Simulation(
        steps,
        make_bot,
        reporter,
        zone=zone,
        file=script,
        schedules=copy,
        bot_name=config.name,
        id_prefix=f"m{SystemClock().now():%Y%m%d%H%M%S%f}-",
    )
    await simulation.run()


def _copy_schedules(schedules: Path | None, config: Config, data: Path) -> Path:
    """Return a copy of `schedules.yaml`: a script may change it, and so may the owner in it.

    Raises:
        ConfigError: with every fault of the file, under its own name.
    """
    from bot.schedules import load_schedules

    copy = data / "simulation" / "schedules.yaml"
    copy.parent.mkdir(exist_ok=True)
    if schedules is not None:
        load_schedules(schedules, config.timezone)
    copy.write_bytes(schedules.read_bytes() if schedules else b"")
    return copy


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="qunzhi-") as made:
        yield Path(made)


@click.command()
@click.option("--terminal", is_flag=True, help="只在终端里聊，不开网页。")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="网页端口，默认用配置里的 web.port（8600），0 为任意空闲端口。"
)
@click.option("--no-wechaty", is_flag=True, help="不经过 Wechaty 客户端，直接接模拟群，启动快一点。")
@click.option("--wechat-pay", is_flag=True, help="用本机的微信支付替身收款，付款点一下就行，不动真钱。")
@click.option("--afdian", is_flag=True, help="用本机的爱发电替身收款，同样点一下就行。")
@config_option
@schedules_option
@data_option_of("默认用配置里 data 下的 demo")
def demo(
    terminal: bool,
    port: int | None,
    no_wechaty: bool,
    wechat_pay: bool,
    afdian: bool,
    config_path: Path | None,
    schedules_path: Path | None,
    data_dir: Path | None,
) -> None:
    """在模拟群里试用整个机器人：网页和终端都能聊。"""
    from bot.cli.demo import Demo

    config = read_config(config_path)
    data = data_dir or Path(config.data) / "demo"
    schedules = default_file(schedules_path, "schedules.yaml")
    stage = Demo(
        config,
        data,
        schedules,
        config_path or Path("bot.yaml"),
        use_wechaty=not no_wechaty,
        use_wechat_pay=wechat_pay,
        use_afdian=afdian,
    )
    with logging_to(config, data, on_screen=False) as log_file:
        click.echo(f"日志在 {log_file}")
        asyncio.run(stage.play(port=None if terminal else config.web.port if port is None else port))


COMMANDS: tuple[click.Command, ...] = (demo, run, simulate)
