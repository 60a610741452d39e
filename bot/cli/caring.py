"""Commands for those who keep the bot running: check, status, doctor, backup, restore, export, forget and the like."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bot import config as configuration
from bot.app import DATABASE_FILE, make_loader
from bot.cli.offline import Offline, database_path, open_offline, read_config
from bot.cli.options import config_option, data_option, default_file, json_option, print_json, schedules_option
from bot.clock import SystemClock
from bot.config_model import Config
from bot.errors import ConfigError, QunzhiError, StorageError
from bot.gateway.wechaty_plugins import HOST
from bot.ledger.model import KEY_FILE
from bot.secret_codes import SECRET_KEY_FILE

T = TypeVar("T")


def offline(config_path: Path | None, data_dir: Path | None, work: Callable[[Offline], Awaitable[T]]) -> T:
    """Open the data without a gateway, do the work, close it."""

    async def run() -> T:
        async with open_offline(config_path, data_dir) as part:
            return await work(part)

    return asyncio.run(run())


@click.command()
@config_option
@schedules_option
def check(config_path: Path | None, schedules_path: Path | None) -> None:
    """检查 bot.yaml 和 schedules.yaml：每处错误一行，并列出每个定时的下三次时间。"""
    from bot.cli.check import run_check

    config_file, schedules_file = default_file(config_path, "bot.yaml"), default_file(schedules_path, "schedules.yaml")
    env, plugins = configuration.environment(), plugin_models(config_file)
    faults, preview = run_check(config_file, schedules_file, now=SystemClock().now(), env=env, plugins=plugins)
    for fault in faults:
        click.echo(str(fault))
    if any(not fault.is_advice for fault in faults):
        raise SystemExit(1)
    for line in preview:
        click.echo(line)
    click.echo(f"没有错误，有 {len(faults)} 处提示。" if faults else "没有错误。")


def plugin_models(config_file: Path | None) -> configuration.PluginModels:
    """Return the settings models of all plugins, those of the folders that the file names among them."""
    try:
        config = read_config(config_file)
    except ConfigError:
        config = Config()  # the file is to be put right first
    hosted = {name: entry for name, entry in config.plugins.items() if name == HOST}
    sources = config.model_copy(update={"plugins": hosted})  # a plugin whose settings are wrong would not be loaded
    loader = make_loader(lambda: sources, SystemClock())
    loader.load_all()
    return loader.models()


@click.command()
@config_option
@data_option
@json_option
def status(config_path: Path | None, data_dir: Path | None, as_json: bool) -> None:
    """数据现状：库是否完好，多少群、成员、消息和文章，发送和排队。"""
    from bot.cli.status_lines import describe_status

    facts = offline(config_path, data_dir, lambda part: part.status())
    if as_json:
        print_json(facts)
        return
    for line in describe_status(facts):
        click.echo(line)


@click.command()
@config_option
@data_option
@json_option
def doctor(config_path: Path | None, data_dir: Path | None, as_json: bool) -> None:
    """开工前检查：Python、依赖、磁盘、时钟、令牌、网关、数据库、编码器、大模型。"""
    from bot.cli.doctor import findings_json, format_findings, is_healthy, run_doctor

    config = read_config(config_path)
    findings = run_doctor(config.model_copy(update={"data": str(data_dir)}) if data_dir else config)
    click.echo(findings_json(findings) if as_json else format_findings(findings))
    if not is_healthy(findings):
        raise SystemExit(1)


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@config_option
@data_option
def backup(target: Path, config_path: Path | None, data_dir: Path | None) -> None:
    """把数据库备份到 TARGET（机器人可以正在运行），并检查备份完好。"""
    file, source = target / DATABASE_FILE if target.is_dir() else target, database_path(config_path, data_dir)
    if not source.exists():
        raise StorageError(f"{source} does not exist: there is nothing to back up")
    offline(config_path, data_dir, lambda part: part.storage.backup(file))
    click.echo(f"已备份到 {file}，校验通过。")
    if (key := source.with_name(KEY_FILE)).exists():
        click.echo(f"账本的签名钥匙 {key} 不在备份里：请另存一份，不要和备份放在一起。")
    if (key := source.with_name(SECRET_KEY_FILE)).exists():
        click.echo(f"兑换码和绑定码的钥匙 {key} 也不在备份里：丢了它，发出去的码就都认不出来了，请另存一份。")


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@config_option
@data_option
def restore(source: Path, config_path: Path | None, data_dir: Path | None) -> None:
    """用备份 SOURCE 换掉数据库；原来的文件会留在旁边。"""
    from bot.storage import Storage

    if not _is_whole(source):
        raise QunzhiError(f"{source} 不是完好的备份，现在的数据没有动")
    target = database_path(config_path, data_dir)
    target.parent.mkdir(parents=True, exist_ok=True)
    old = Storage.restore(source, target)
    click.echo(f"已恢复到 {target}。" + (f"原来的数据在 {old}。" if old else ""))


def _is_whole(source: Path) -> bool:
    from bot.storage import Storage

    try:
        return bool(Storage.inspect(source)["integrity"] == "ok")
    except StorageError:
        return False


@click.command("export")
@click.argument("member")
@config_option
@data_option
def export_member(member: str, config_path: Path | None, data_dir: Path | None) -> None:
    """导出一位成员（名字、编号或微信 id）的全部数据，JSON。"""
    facts = offline(config_path, data_dir, lambda part: part.export_member(member))
    click.echo(json.dumps(facts, ensure_ascii=False, indent=2, default=str))


@click.command()
@click.argument("member")
@click.option("--yes", is_flag=True, help="不再询问。")
@config_option
@data_option
def forget(member: str, yes: bool, config_path: Path | None, data_dir: Path | None) -> None:
    """删除一位成员的全部数据，并列出每张表删了几行。"""

    async def work(part: Offline) -> dict[str, Any]:
        person = await part.find_member(member)
        if not yes and not click.confirm(f"删除「{person.name}」（{person.id}）的全部数据？"):
            raise QunzhiError("没有删除任何数据")
        return await part.forget_member(person)

    for table, rows in offline(config_path, data_dir, work).items():
        click.echo(f"{table}：{rows} 行")


@click.command()
@click.argument("which", type=click.Choice(["bot", "schedules"]))
def schema(which: str) -> None:
    """输出 bot.yaml 或 schedules.yaml 的 JSON Schema，给编辑器用。"""
    from bot.schedules import schedules_schema

    made = configuration.config_schema() if which == "bot" else schedules_schema()
    click.echo(json.dumps(made, ensure_ascii=False, indent=2))


@click.command("new-plugin")
@click.argument("name")
@click.option(
    "--in",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("plugins"),
    help="放在哪个目录，默认 plugins。",
)
def new_plugin(name: str, folder: Path) -> None:
    """写出一个能用的插件和它的测试。"""
    from bot.cli.new_plugin import create

    for path in create(folder, name):
        click.echo(f"写好了 {path}")


@click.group()
def encoder() -> None:
    """内置编码器：make setup 会自己生成。"""


@encoder.command("build")
@click.option(
    "--knowledge", type=click.Path(path_type=Path), default=Path("knowledge"), help="预先编码哪个目录的文章。"
)
def encoder_build(knowledge: Path) -> None:
    """生成内置编码器，并把知识目录里的文章编好（只需一次）。"""
    from bot.plugins.qa.files import find_files, read_posts
    from bot.search.embedded import EmbeddedEncoder
    from bot.search.embedded_build import build
    from bot.search.prepared import FILE_NAME, prepare

    try:
        folder = build(progress=click.echo)
        posts = [
            (post.title, post.body) for file in find_files(knowledge) for post in read_posts(file, knowledge).drafts
        ]
        click.echo(f"正在编码 {len(posts)} 篇文章（约 20 秒）……")
        count = prepare(EmbeddedEncoder(folder), posts, folder / FILE_NAME)
    except OSError as error:
        raise StorageError(f"cannot write the encoder: {error}") from error
    click.echo(f"编码器在 {folder}，已编好 {len(posts)} 篇文章的 {count} 个片段。")


COMMANDS: tuple[click.Command, ...] = (
    check, status, doctor, backup, restore, export_member, forget, schema, new_plugin, encoder,
)  # fmt: skip
