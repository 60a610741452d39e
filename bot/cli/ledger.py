"""`ledger`: check the books, sign them, change the key, prove a payment, hand them to another program."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from bot.cli.caring import offline
from bot.cli.offline import Offline
from bot.cli.options import config_option, data_option, print_json
from bot.errors import QunzhiError

if TYPE_CHECKING:
    from bot.ledger.part import LedgerPart
    from bot.storage import Database

T = TypeVar("T")


@click.group()
def ledger() -> None:
    """账本：校验、签检查点、收据、导出。"""


def _ask(config_path: Path | None, data_dir: Path | None, work: Callable[[LedgerPart], Awaitable[T]]) -> T:
    from bot.ledger.part import LedgerPart

    async def run(part: Offline) -> T:
        return await work(LedgerPart(part.storage, part.config.community, part.clock, part.path.parent))

    return offline(config_path, data_dir, run)


@ledger.command()
@click.option(
    "--against",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="另外存着的检查点、收据，或群里发过的指纹（可以给几个）：历史被改写后重新签名，只有它看得出来。",
)
@config_option
@data_option
def check(against: tuple[Path, ...], config_path: Path | None, data_dir: Path | None) -> None:
    """从每一笔流水重算全部账目、校验树和检查点；最后一行是 JSON，账本被动过时退出码为 1。"""
    outside = [_read(path) for path in against]
    report = _ask(config_path, data_dir, lambda part: part.check(outside))
    click.echo(report.english)
    found = [
        {"what": one.what, "seq": one.first, "last": one.last, "english": one.english, "chinese": one.chinese}
        for one in report.findings
    ]
    facts = {"ok": report.is_whole, "entries": report.entries, "checkpoints": report.checkpoints, "root": report.root}
    print_json(facts | {"first": found[0] if found else None, "findings": found, "count": report.count})
    if not report.is_whole:
        raise SystemExit(1)


@ledger.command()
@click.option(
    "--since",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="一个旧检查点：改为输出从那时起旧账未动的证明。",
)
@config_option
@data_option
def checkpoint(since: Path | None, config_path: Path | None, data_dir: Path | None) -> None:
    """给现在的账本签一个检查点；可以发到群里，谁都能留一份。"""

    async def work(part: LedgerPart) -> tuple[str, str]:
        made = await (part.growth(_read(since)) if since else part.checkpoint())
        return made, await part.verifier()

    _print_proof(*_ask(config_path, data_dir, work), old=" 旧检查点" if since else "")


@ledger.command("rotate-key")
@config_option
@data_option
def rotate_key(config_path: Path | None, data_dir: Path | None) -> None:
    """换一把签名钥匙：以后用新的签，旧检查点和旧收据照样能核对；输出新旧两把一起签的检查点。"""

    async def work(part: LedgerPart) -> tuple[str, str, Path]:
        return await part.rotate_key(), await part.verifier(), part.key_path

    made, verifier, path = _ask(config_path, data_dir, work)
    _print_proof(made, verifier)
    click.echo(
        f"换好了，旧钥匙不再有了。请把新的 {path} 另存一份；上面的检查点发到群里，谁都能看到钥匙换了。", err=True
    )


@ledger.command()
@click.argument("order")
@config_option
@data_option
def receipt(order: str, config_path: Path | None, data_dir: Path | None) -> None:
    """ORDER 的收据：订单号（D12 或 12），或 #16 这样的流水号。"""
    number = order.upper().removeprefix("D").removeprefix("#")
    if not number.isascii() or not number.isdecimal():
        raise QunzhiError(f"「{order}」不是订单号，要写成 D12，或流水号 #16")

    async def work(part: LedgerPart) -> tuple[str, str]:
        is_entry = order.startswith("#")
        made = await (part.receipt(seq=int(number)) if is_entry else part.receipt(int(number)))
        return made, await part.verifier()

    _print_proof(*_ask(config_path, data_dir, work))


@ledger.command()
@click.option("--csv", "csv_path", type=click.Path(dir_okay=False, path_type=Path), help="写成 CSV。")
@click.option("--beancount", "beancount_path", type=click.Path(dir_okay=False, path_type=Path), help="写成 beancount。")
@config_option
@data_option
def export(csv_path: Path | None, beancount_path: Path | None, config_path: Path | None, data_dir: Path | None) -> None:
    """把全部流水写进文件：CSV 给表格软件，beancount 给记账软件。"""
    from bot.ledger.books_store import entries_from
    from bot.ledger.exporting import write_beancount, write_csv

    if csv_path is None and beancount_path is None:
        raise QunzhiError("请加上 --csv 文件 或 --beancount 文件")

    async def work(part: Offline) -> None:
        zone = part.config.zone()

        def write(db: Database) -> None:
            if csv_path:
                _save(csv_path, "utf-8-sig", write_csv(entries_from(db), zone))  # Excel would take it for GBK
            if beancount_path:
                _save(beancount_path, "utf-8", write_beancount(lambda: entries_from(db), zone))

        await part.storage.read(part.config.community, write)

    offline(config_path, data_dir, work)
    for path in filter(None, (csv_path, beancount_path)):
        click.echo(f"写好了 {path}")


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise QunzhiError(f"{path} 不是检查点，也不是收据") from None


def _save(path: Path, encoding: str, pieces: Iterator[str]) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        file.writelines(pieces)


def _print_proof(text: str, verifier: str, *, old: str = "") -> None:
    from bot.ledger.receipts import VERIFIER

    click.echo(text, nl=False)
    click.echo(f"\n核对：python -I {VERIFIER} '{verifier}' 文件{old}", err=True)


COMMANDS: tuple[click.Command, ...] = (ledger,)
