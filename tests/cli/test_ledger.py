"""The books from the command line: check, sign, prove, hand on."""

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main
from bot.app import DATABASE_FILE, core_migrations
from bot.clock import SystemClock
from bot.ledger import books_store
from bot.ledger.verify_receipt import describe
from bot.storage import Storage
from tests.ledger.ledger_kit import payment

pytestmark = pytest.mark.slow  # whole databases

DATABASE = Path("data", DATABASE_FILE)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["ledger", *args])


def pay(*orders: int) -> None:
    async def work() -> None:
        storage = Storage.open(DATABASE, SystemClock(), core_migrations())
        for order in orders:
            await storage.run("default", books_store.post, payment(order))
        await storage.close()

    asyncio.run(work())


def facts(result: Result) -> dict[str, Any]:
    return json.loads(result.stdout.splitlines()[-1])


def test_whole_books_are_said_to_be_whole() -> None:
    pay(1, 2)
    checked = run("check")
    assert checked.exit_code == 0
    assert checked.stdout.startswith("whole: 2 entries, 0 checkpoints")
    assert {key: facts(checked)[key] for key in ("ok", "entries", "first", "count")} == {
        "ok": True, "entries": 2, "first": None, "count": 0,
    }  # fmt: skip


def test_the_first_bad_entry_is_named_and_the_status_is_1() -> None:
    pay(1, 2, 3)
    with sqlite3.connect(DATABASE) as db:
        db.execute("drop trigger ledger_postings_no_update")
        db.execute("update ledger_postings set amount_fen = 1 where seq = 1 and line = 0")
    db.close()
    checked = run("check")
    assert checked.exit_code == 1
    assert checked.stdout.splitlines()[:2] == [
        "NOT whole, the first fault first:",
        "entry 1: its lines in the accounts differ from its content",
    ]
    assert (facts(checked)["ok"], facts(checked)["first"]["seq"], facts(checked)["first"]["what"]) == (
        False, 1, "postings",
    )  # fmt: skip
    assert facts(checked)["first"]["chinese"] == "流水 #1 的分录和内容不一致"


def test_a_checkpoint_and_a_receipt_are_files_for_the_verifier() -> None:
    pay(1, 2, 3)
    signed, proven, entry = run("checkpoint"), run("receipt", "D2"), run("receipt", "#1")
    assert proven.stdout == entry.stdout == run("receipt", "2").stdout
    assert "verify_receipt.py 'qunzhi/default+" in proven.stderr
    key = proven.stderr.split("'")[1]
    assert describe(proven.stdout.strip(), key, None).startswith("流水 #1 / 3")
    Path("old").write_text(signed.stdout, encoding="utf-8")
    pay(4)
    grown = run("checkpoint", "--since", "old")
    assert describe(grown.stdout.strip(), key, signed.stdout.strip()).startswith("检查点 / checkpoint: 4 ✓")
    assert grown.stderr.strip().endswith("文件 旧检查点")
    Path("paid").write_text(proven.stdout, encoding="utf-8")
    checked = run("check", "--against", "old", "--against", "paid")
    assert (checked.exit_code, facts(checked)["checkpoints"]) == (0, 4)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["receipt", "x"], "错误：「x」不是订单号，要写成 D12，或流水号 #16\n"),
        (["receipt", "9"], "账本错误：账本里没有订单 D9 的款项\n"),
        (["receipt", "#9"], "账本错误：账本里没有流水 #9\n"),
        (["check", "--against", "hello"], "账本错误：这不是检查点\n"),
        (["checkpoint", "--since", "hello"], "账本错误：这不是 qunzhi/default 的检查点（"),
        (["check", "--against", "picture"], "错误：picture 不是检查点，也不是收据\n"),
        (["export"], "错误：请加上 --csv 文件 或 --beancount 文件\n"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_said_in_one_line(arguments: list[str], said: str) -> None:
    pay(1)
    Path("hello").write_text("hello", encoding="utf-8")
    Path("picture").write_bytes(b"\xff\xd8")
    refused = run(*arguments)
    assert refused.exit_code == 1
    assert refused.stderr.startswith(said)
    assert refused.stderr.count("\n") == 1


def test_the_books_are_written_for_other_programs() -> None:
    pay(1)
    done = run("export", "--csv", "a.csv", "--beancount", "a.beancount")
    assert done.stdout == "写好了 a.csv\n写好了 a.beancount\n"
    table = Path("a.csv").read_bytes()
    assert table.startswith("\ufeff流水,".encode())
    assert "0,2026-12-01 09:01:00,paid,owner:1,assets:owner,99.00,,1\r\n" in table.decode()
    assert "2026-12-02 balance Assets:Owner  99.00 CNY" in Path("a.beancount").read_text("utf-8")


def test_a_backup_says_that_the_key_is_not_in_it() -> None:
    pay(1)
    run("checkpoint")
    saved = CliRunner().invoke(main, ["backup", "copy.db"])
    assert saved.output.splitlines() == [
        "已备份到 copy.db，校验通过。",
        "账本的签名钥匙 data/ledger.key 不在备份里：请另存一份，不要和备份放在一起。",
    ]
    assert b"PRIVATE KEY" not in Path("copy.db").read_bytes()


def test_the_key_is_changed_and_what_was_signed_before_stays_good() -> None:
    pay(1)
    old = run("checkpoint").stdout
    changed = run("rotate-key")
    assert changed.exit_code == 0
    assert "换好了" in changed.stderr
    verifier = changed.stderr.split("'")[1]
    assert describe(changed.stdout.strip(), verifier, None) == "检查点 / checkpoint: 2"
    assert describe(old.strip(), verifier, None) == "检查点 / checkpoint: 1"
    Path("old").write_text(old, "utf-8")
    assert run("check", "--against", "old").exit_code == 0
