"""`bench`: how fast each part is on this machine, JSON on the last line."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from bot.cli.bench_folder import bench_folder
from bot.cli.options import print_json


@click.group()
def bench() -> None:
    """测速，最后一行是 JSON。"""


def _report(measure: Callable[[], dict[str, Any]]) -> None:
    print_json(measure() | {"cores": os.cpu_count()})


@bench.command()
@click.option("--messages", default=4000, show_default=True, type=click.IntRange(min=100), help="多少条消息。")
def pipeline(messages: int) -> None:
    """每秒经过整条流水线的消息数，旁边是原版 wechaty 和 nonebot2。"""
    from bot.cli.bench_pipeline import bench_pipeline

    _report(lambda: bench_pipeline(messages))


@bench.command()
@click.option("--rate", default=2200.0, show_default=True, help="每秒到来的写入。")
@click.option("--seconds", default=6.0, show_default=True, help="测多少秒。")
def storage(rate: float, seconds: float) -> None:
    """每秒落盘的写入、延迟，和事件循环的停顿。"""
    from bot.cli.bench_storage import bench_storage

    with bench_folder() as folder:
        _report(lambda: asyncio.run(bench_storage(folder / "bench.db", rate, seconds)))


@bench.command()
@click.option("--rows", default=1000, show_default=True, type=click.IntRange(min=10), help="多少条通知。")
def outbox(rows: int) -> None:
    """同一时刻到期的通知，最晚多久发出（不算限速）。"""
    from bot.cli.bench_outbox import bench_outbox

    _report(lambda: bench_outbox(rows))


@bench.command()
@click.option("--messages", default=100_000, show_default=True, type=click.IntRange(min=0), help="存了多少条消息。")
def start(messages: int) -> None:
    """存了很多消息时启动要多久，空闲时占多少内存。"""
    from bot.cli.bench_start import bench_start

    _report(lambda: bench_start(messages))


def _numbers(_context: click.Context, _option: click.Parameter, sizes: str) -> list[int]:
    try:
        return [int(size) for size in sizes.split(",")]
    except ValueError:
        raise click.BadParameter("要写成 1000,10000 这样") from None


@bench.command()
@click.option("--sizes", default="1000,10000", show_default=True, callback=_numbers, help="片段数，用逗号隔开。")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="把各档结果画成 SVG，写到这个文件。")
def ask(sizes: list[int], plot: Path | None) -> None:
    """一个问题从收到到答案落盘要多久，按知识量；旁边是只调用 FAISS 和 FTS5 要多久。"""
    from bot.cli.bench_ask import bench_ask
    from bot.cli.bench_plot import draw_growth

    found = bench_ask(sizes, progress=_say)
    if plot:
        plot.write_text(draw_growth(found), "utf-8")
    _report(lambda: {"sizes": found})


@bench.command()
@click.option("--sizes", default="300", show_default=True, callback=_numbers, help="片段数，用逗号隔开。")
def ingest(sizes: list[int]) -> None:
    """每秒能收录多少片段（包括编码）。"""
    from bot.cli.bench_ingest import bench_ingest

    _report(lambda: {"sizes": bench_ingest(sizes, progress=_say)})


@bench.command()
@click.option("--entries", default=100_000, show_default=True, type=click.IntRange(min=500), help="多少笔流水。")
def ledger(entries: int) -> None:
    """账本：每秒能落盘多少笔、整本校验多久、出一张收据多久。"""
    from bot.cli.bench_ledger import run_bench

    with bench_folder() as folder:
        _report(lambda: run_bench(folder, entries, progress=_say))


@bench.command()
@click.option("--members", default=100_000, show_default=True, type=click.IntRange(min=1), help="多少位成员。")
def members(members: int) -> None:
    """算出所有成员的会员状态、比对群名单要多久，问一位成员能用什么要多久。"""
    from bot.cli.bench_members import bench_members
    from bot.cli.bench_rosters import bench_rosters

    with bench_folder() as folder:
        _report(lambda: bench_members(folder, members, progress=_say) | bench_rosters(members))


@bench.command()
@click.option("--messages", default=5000, show_default=True, type=click.IntRange(min=100), help="多少条消息。")
@click.option("--keywords", default=10_000, show_default=True, type=click.IntRange(min=0), help="多少个关键词。")
def moderation(messages: int, keywords: int) -> None:
    """审核一条消息要多少处理器时间：群规、关键词、广告过滤、重发比对，和存心拖慢它的消息。"""
    from bot.cli.bench_moderation import bench_moderation

    _report(lambda: bench_moderation(messages, keywords))


def _say(text: str) -> None:
    click.echo(text, err=True)


COMMANDS: tuple[click.Command, ...] = (bench,)
