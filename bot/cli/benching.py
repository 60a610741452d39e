"""`bench`: how fast each part is on this machine, JSON on the last line."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

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
@click.option("--rate", default=2500.0, show_default=True, help="每秒到来的写入。")
@click.option("--seconds", default=6.0, show_default=True, help="测多少秒。")
def storage(rate: float, seconds: float) -> None:
    """每秒落盘的写入、延迟，和事件循环的停顿。"""
    from bot.cli.bench_storage import bench_storage

    with tempfile.TemporaryDirectory(prefix="qunzhi-bench-", dir=".") as folder:
        _report(lambda: asyncio.run(bench_storage(Path(folder) / "bench.db", rate, seconds)))


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


_SIZES = click.option("--sizes", default="1000,10000", show_default=True, help="片段数，用逗号隔开。")


def _numbers(sizes: str) -> list[int]:
    try:
        return [int(size) for size in sizes.split(",")]
    except ValueError:
        raise click.BadParameter("要写成 1000,10000 这样") from None


@bench.command()
@_SIZES
def ask(sizes: str) -> None:
    """一个问题要多久，按知识量。"""
    from bot.search.bench import bench_ask

    _report(lambda: {"sizes": bench_ask(_numbers(sizes))})


@bench.command()
@click.option("--sizes", default="300", show_default=True, help="片段数，用逗号隔开。")
def ingest(sizes: str) -> None:
    """每秒能收录多少片段（包括编码）。"""
    from bot.search.bench import bench_ingest

    _report(lambda: {"sizes": bench_ingest(_numbers(sizes))})


COMMANDS: tuple[click.Command, ...] = (bench,)
