"""Commands about knowledge: ask it, import posts, export them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click

from bot.cli.offline import Offline, open_offline
from bot.cli.options import config_option, data_option, json_option, print_json
from bot.plugins.qa import api
from bot.search.encoder import Encoder, load_encoder
from bot.search.service import Search


@click.command()
@click.argument("text")
@json_option
@data_option
@config_option
def ask(text: str, as_json: bool, data_dir: Path | None, config_path: Path | None) -> None:
    """问知识库一个问题，不连微信。"""
    if not text.strip():
        raise click.UsageError("问题是空的，比如：python -m bot ask 'asyncio 怎么限制并发？'")
    result = asyncio.run(_ask(text, config_path, data_dir))
    if as_json:
        print_json(result)
    else:
        click.echo(result["answer"])


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@data_option
@config_option
def import_posts(paths: tuple[Path, ...], data_dir: Path | None, config_path: Path | None) -> None:
    """导入帖子：Markdown、文本、JSON、PDF、Word（.docx）、Jupyter 笔记本、网页文件，或整个目录。"""
    change = asyncio.run(_import(paths, config_path, data_dir))
    for fault in change.faults:
        click.echo(fault, err=True)
    click.echo(
        f"新增 {change.added}，更新 {change.updated}，没有变化 {change.unchanged}，内容重复 {change.duplicates}，"
        f"跳过 {len(change.faults)}。"
    )
    if change.faults:
        raise SystemExit(1)


@click.command("export-knowledge")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@data_option
@config_option
def export_knowledge(directory: Path, data_dir: Path | None, config_path: Path | None) -> None:
    """把全部帖子导出成 Markdown，一篇一个文件；用 import 导回来内容不变。"""
    count = asyncio.run(_export(directory, config_path, data_dir))
    click.echo(f"已导出 {count} 篇到 {directory}。")


async def _ask(question: str, config_path: Path | None, data_dir: Path | None) -> dict[str, Any]:
    async with open_offline(config_path, data_dir) as part:
        community, now = part.config.community, part.clock.now()
        await load_knowledge(part)
        async with running_search(part) as search:
            read = partial(part.storage.read, community)
            today = now.astimezone(part.config.zone()).date()
            return await api.answer_owner(search, community, question, read, today)


async def _import(paths: tuple[Path, ...], config_path: Path | None, data_dir: Path | None) -> api.Change:
    async with open_offline(config_path, data_dir) as part:
        run = partial(part.storage.run, part.config.community)
        with _Bar("读入帖子") as progress:
            return await api.import_paths(run, paths, part.clock.now(), progress)


async def _export(directory: Path, config_path: Path | None, data_dir: Path | None) -> int:
    async with open_offline(config_path, data_dir) as part:
        await load_knowledge(part)
        with _Bar("写出帖子") as progress:
            return await api.export_posts(partial(part.storage.read, part.config.community), directory, progress)


async def load_knowledge(part: Offline) -> None:
    """Read what changed in the knowledge folder; what is broken there is named and left out."""
    folder = api.KnowledgeFolder(Path(part.config.knowledge))
    run, read = (partial(fn, part.config.community) for fn in (part.storage.run, part.storage.read))
    with _Bar("读入知识") as progress:
        change = await folder.load(run, read, part.clock.now(), progress)
    for fault in change.faults:
        say(fault)


@asynccontextmanager
async def running_search(part: Offline, encoder: str = "") -> AsyncIterator[Search]:
    """Give a search that knows every passage by meaning, or says why it only knows the words.

    Args:
        part: the data.
        encoder: takes the place of the configured one.
    """
    config = part.config
    search = Search(
        part.storage,
        part.clock,
        encoder or config.encoder,
        loader=_load_encoder,
        answer_threshold=config.search.answer_threshold,
    )
    await search.start()
    try:
        with _Bar("计算向量") as progress:
            await _wait_embedded(search, part.clock.sleep, progress)
        if search.failure:
            say(f"只按关键词查找：{search.failure}")
        yield search
    finally:
        await search.stop()


async def _wait_embedded(search: Search, sleep: Callable[[float], Awaitable[None]], progress: api.Progress) -> None:
    settled = asyncio.ensure_future(search.settle())
    most = 0
    while not settled.done():
        pending = await search.count_pending()
        most = max(most, pending)
        if most:
            progress(most - pending, most)
        await asyncio.wait([settled, asyncio.ensure_future(sleep(0.2))], return_when=asyncio.FIRST_COMPLETED)
    await settled


def _load_encoder(spec: str) -> Encoder:
    return load_encoder(spec, say)


def say(text: str) -> None:
    """Say something to the person, beside the result."""
    click.echo(text, err=True)


class _Bar:
    """A progress bar on stderr that appears with the first step; nothing is drawn when nobody watches."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._bar: Any = None

    def __enter__(self) -> api.Progress:
        return self._show

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.render_finish()

    def _show(self, done: int, total: int) -> None:
        if self._bar is None and sys.stderr.isatty():
            self._bar = click.progressbar(length=total, label=self._label, file=sys.stderr)
        if self._bar is not None:
            self._bar.update(done - self._bar.pos)


COMMANDS: tuple[click.Command, ...] = (ask, import_posts, export_knowledge)
