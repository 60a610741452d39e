"""The key, the checkpoints and the receipts: what is signed, what is not, and what a payer can check alone."""

from __future__ import annotations

import asyncio
import base64
import logging
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.ledger.keys import SigningKey, read_key, read_or_make_key
from bot.ledger.model import LedgerError, Posting
from bot.ledger.notes import origin_of, read_checkpoint
from bot.ledger.receipts import VERIFIER
from bot.ledger.verify_receipt import describe, open_checkpoint, open_receipt
from tests.ledger.ledger_kit import AT, Books, payment

pytestmark = pytest.mark.slow  # many databases and processes


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    assert read_key(path) is None
    made = read_or_make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_or_make_key(path).verifier("n") == made.verifier("n") != made.verifier("m")
    assert [one.name for one in tmp_path.iterdir()] == ["ledger.key"]
    path.chmod(0o644)
    read_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "PRIVATE" not in repr(made) + str(made)


def test_those_who_make_the_key_at_once_get_the_same_one(tmp_path: Path) -> None:
    made: list[SigningKey] = []
    together = Barrier(8)

    def make() -> None:
        together.wait()
        made.append(read_or_make_key(tmp_path / "ledger.key"))

    threads = [Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len({key.verifier("n") for key in made}) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["ledger.key"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"hello",
        generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    ],
    ids=["empty", "text", "another kind"],
)  # fmt: skip
def test_a_file_that_holds_no_such_key_is_kept_and_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.key"
    path.write_bytes(content)
    with pytest.raises(LedgerError, match="您另存的那一份"):
        read_or_make_key(path)
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="写不了"):
        read_or_make_key(tmp_path / "nowhere" / "ledger.key")


@pytest.mark.parametrize(
    ("community", "origin"),
    [("default", "qunzhi/default"), ("Python 学习群+", "qunzhi/Python%20学习群%2B"), ("a%20b\n", "qunzhi/a%2520b%0A")],
)
def test_the_name_of_a_log_fits_into_a_note(community: str, origin: str) -> None:
    assert origin_of(community) == origin


@pytest.mark.parametrize("community", ["c", "Python 学习群+\n"])
async def test_a_checkpoint_is_a_signed_note_of_size_and_root(tmp_path: Path, community: str) -> None:
    books = Books(tmp_path, community)
    await books.pay(range(5))
    note = await books.part.checkpoint(AT)
    verifier = await books.part.verifier()
    report = await books.check(note)
    await books.storage.close()
    size, root = open_checkpoint(note, verifier)
    assert (size, root.hex()) == (5, report.root)
    assert note.split("\n")[3:5] == ["", note.split("\n")[4]]
    assert note.split("\n")[4].startswith(f"— {books.part.origin} ")
    assert note.endswith("\n")
    assert report.is_whole


async def test_the_same_log_is_signed_once_and_a_longer_one_anew(books: Books) -> None:
    empty = await books.part.checkpoint()
    await books.pay([1])
    first = await books.part.checkpoint()
    assert await books.part.checkpoint() == first != empty
    assert await asyncio.gather(*(books.part.checkpoint() for _ in range(5))) == [first] * 5
    await books.pay([2])
    assert read_checkpoint(await books.part.checkpoint())[1] == 2
    assert [read_checkpoint(note)[1] for note in (empty, first)] == [0, 1]
    assert (await books.check(empty, first)).is_whole


async def test_a_restart_goes_on_with_the_same_key_and_log(books: Books) -> None:
    await books.pay([1])
    first, verifier = await books.part.checkpoint(), await books.part.verifier()
    await books.tamper()  # closed, and opened again
    assert (await books.part.checkpoint(), await books.part.verifier()) == (first, verifier)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("delete from ledger_entries where seq = 3", "账本只有 3 笔，上个检查点签过 4 笔"),
        ("update ledger_entries set hashes = zeroblob(96) where seq = 3", "和上个检查点（4 笔）对不上"),
        ("delete from ledger_entries where seq = 1", "6 笔里少了 1 笔"),
        ("update ledger_entries set hashes = zeroblob(32) where seq = 3", "校验树缺了一块"),
        ("update ledger_checkpoints set root = zeroblob(32)", "上个检查点被改过"),
        ("update ledger_checkpoints set note = replace(note, 'A', 'B')", "不是用这把 ledger.key 签的"),
        ("update ledger_checkpoints set note = x'00'", "不是用这把 ledger.key 签的"),
        ("update ledger_entries set body = cast('{}' as blob) where seq = 4", "流水 #4 和写入时不一样"),
        ("update ledger_entries set body = cast(body as text) where seq = 4", "流水 #4 和写入时不一样"),
        ("delete from ledger_entries where seq = 4", "6 笔里少了 1 笔"),
    ],
)
async def test_a_log_that_is_not_the_one_signed_before_is_not_signed(books: Books, statement: str, words: str) -> None:
    await books.pay(range(4))
    await books.part.checkpoint()
    await books.pay([4, 5])
    if words.startswith("账本只有 3"):
        await books.tamper("delete from ledger_entries where seq >= 4")
    await books.tamper(statement)
    with pytest.raises(LedgerError, match=words):
        await books.part.checkpoint()
    assert len(await books.read(lambda db: db.query("select 1 from ledger_checkpoints where community = 'c'"))) == 1


async def test_nothing_of_the_key_is_said_or_stored(books: Books, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await books.pay([1])
    said = [await books.part.checkpoint(), await books.part.receipt(1), await books.part.verifier(), caplog.text]
    secret = base64.b64decode(books.part.key_path.read_text().splitlines()[1])[-32:]
    await books.storage.close()
    assert secret not in books.path.read_bytes()
    for text in said:
        assert not any(form in text for form in (secret.hex(), base64.b64encode(secret).decode()[:40]))
    books.open()


async def test_a_receipt_proves_an_orders_payment(books: Books) -> None:
    for day in range(3):
        await books.pay(range(day * 4 + 1, day * 4 + 5))
        await books.part.checkpoint()
    verifier = await books.part.verifier()
    for order in range(1, 13):
        entry, size = open_receipt(await books.part.receipt(order), verifier)
        assert (entry["seq"], entry["key"], size) == (order - 1, f"owner:{order}", 12)
    assert await books.part.receipt(seq=4) == await books.part.receipt(5)


async def test_a_receipt_needs_a_checkpoint_that_holds_the_entry(books: Books) -> None:
    await books.pay([1])
    await books.part.checkpoint()
    await books.pay([2])
    _, size = open_receipt(await books.part.receipt(2), await books.part.verifier())
    assert size == 2
    assert open_receipt(await books.part.receipt(1), await books.part.verifier())[1] == 2


async def test_what_is_not_in_the_books_has_no_receipt(books: Books) -> None:
    await books.pay([1])
    with pytest.raises(LedgerError, match="没有订单 D7 的款项"):
        await books.part.receipt(7)
    for seq in (1, -1):
        with pytest.raises(LedgerError, match=f"没有流水 #{seq}"):
            await books.part.receipt(seq=seq)


async def test_growth_is_proven_to_whoever_kept_an_old_checkpoint(books: Books) -> None:
    kept = []
    for order in range(1, 10):
        kept.append(await books.part.checkpoint())
        await books.pay([order])
    verifier = await books.part.verifier()
    for old in kept:
        assert "旧账未动" in describe(
            (await books.part.growth(old.replace("\n", "\r\n"))).strip(), verifier, old.strip()
        )
    with pytest.raises(LedgerError, match="不是 qunzhi/c 的检查点"):
        await books.part.growth(kept[-1].replace("\n8\n", "\n7\n"))
    with pytest.raises(LedgerError, match="不是 qunzhi/c 的检查点"):
        await books.part.growth("hello")


async def test_growth_of_a_log_that_lost_its_end_is_not_proven(books: Books) -> None:
    await books.pay(range(4))
    old = await books.part.checkpoint()
    await books.tamper("delete from ledger_entries where seq = 3", "delete from ledger_checkpoints")
    with pytest.raises(LedgerError, match="有流水被删掉了"):
        await books.part.growth(old)


Forgery = Callable[[list[str]], list[str]]


def in_line(number: int, change: Callable[[str], str]) -> Forgery:
    return lambda lines: [change(line) if at == number else line for at, line in enumerate(lines)]


def in_entry(old: bytes, new: bytes) -> Forgery:
    def change(line: str) -> str:
        body = base64.b64decode(line.removeprefix("extra "))
        assert old in body
        return "extra " + base64.b64encode(body.replace(old, new)).decode()

    return in_line(1, change)


def flipped(line: str) -> str:
    raw = bytearray(base64.b64decode(line.rpartition(" ")[2]))
    raw[-1] ^= 1
    return " ".join([*line.split(" ")[:-1], base64.b64encode(raw).decode()])


# A receipt of entry 5 of 12: format, entry, index, four hashes, an empty line, origin, size, root, empty, signature.
FORGERIES: dict[str, Forgery] = {
    "amount": in_entry(b"9900", b"9901"),
    "order": in_entry(b"9900,6]", b"9900,7]"),
    "entry's own place": in_entry(b'"seq":5', b'"seq":6'),
    "no entry": in_line(1, lambda _: "extra "),
    "index": in_line(2, lambda _: "index 6"),
    "index below": in_line(2, lambda _: "index -1"),
    "index beyond": in_line(2, lambda _: "index 12"),
    "path": in_line(3, flipped),
    "shorter path": lambda lines: [*lines[:6], *lines[7:]],
    "longer path": lambda lines: [*lines[:6], lines[5], *lines[6:]],
    "other order of the path": lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]],
    "log's name": in_line(8, lambda _: "qunzhi/d"),
    "size": in_line(9, lambda _: "13"),
    "root": in_line(10, flipped),
    "signature": in_line(12, flipped),
    "signer": in_line(12, lambda line: line.replace("qunzhi/c", "qunzhi/d")),
    "no signature": lambda lines: lines[:12],
    "nothing": lambda _: [],
    "format": in_line(0, lambda _: "c2sp.org/other@v1"),
    "not base64": in_line(3, lambda _: "???"),
}


async def receipt_of_six(books: Books) -> list[str]:
    await books.pay(range(1, 13))
    return (await books.part.receipt(6)).strip().split("\n")


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_forged_receipt_is_refused(books: Books, name: str) -> None:
    lines, verifier = await receipt_of_six(books), await books.part.verifier()
    assert len(lines) == 13
    assert describe("\n".join(lines), verifier, None).startswith("流水 #5 / 12: 2026-12-01T01:06:00")
    with pytest.raises((ValueError, LookupError, TypeError)):
        describe("\n".join(FORGERIES[name](lines)), verifier, None)


async def test_another_keys_receipt_is_refused(books: Books, tmp_path: Path) -> None:
    lines = await receipt_of_six(books)
    other = read_or_make_key(tmp_path / "other.key").verifier("qunzhi/c")
    with pytest.raises(ValueError, match="no checkpoint signed with this key"):
        describe("\n".join(lines), other, None)
    mixed = "+".join([*(await books.part.verifier()).split("+", 2)[:2], other.split("+", 2)[2]])
    with pytest.raises(ValueError, match="the key is damaged"):
        describe("\n".join(lines), mixed, None)


async def test_a_refund_is_shown_with_its_sign(books: Books) -> None:
    back = (
        Posting(account="assets:owner", amount_fen=-5, order_number=1),
        Posting(account="liabilities:deferred", amount_fen=5, order_number=1),
    )
    await books.post(payment(1), payment(1, key="refund:1", kind="refunded", postings=back))
    said = describe(await books.part.receipt(seq=1), await books.part.verifier(), None)
    assert said.split("\n")[1:] == [
        "  assets:owner -0.05 元/CNY 订单/order 1",
        "  liabilities:deferred 0.05 元/CNY 订单/order 1",
    ]


@pytest.mark.process
async def test_the_verifier_stands_alone(books: Books, tmp_path: Path) -> None:
    lines, verifier = await receipt_of_six(books), await books.part.verifier()
    old = await books.part.checkpoint()
    await books.pay([13])
    growth = await books.part.growth(old)
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(VERIFIER, alone)
    forged = {name: FORGERIES[name](lines) for name in ("amount", "path", "size", "signature")}
    files = {"receipt": "\r\n".join(lines) + "\r\n", "old": old, "growth": growth, "other": old.replace("12", "11")}
    for name, content in (files | {name: "\n".join(text) for name, text in forged.items()}).items():
        (alone / name).write_bytes(content.encode())

    def run(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-I", VERIFIER.name, *arguments]
        done = subprocess.run(command, cwd=alone, capture_output=True, text=True, env={}, check=False)
        return done.returncode, done.stdout + done.stderr

    assert run(verifier, "receipt")[1].startswith("有效 / VALID: 流水 #5 / 12: ")
    assert run(verifier, "old") == (0, "有效 / VALID: 检查点 / checkpoint: 12\n")
    assert run(verifier, "growth", "old")[1].endswith("✓ 旧账未动 / nothing older was changed\n")
    for name in forged:
        status, said = run(verifier, name)
        assert (status, said.partition(":")[0]) == (1, "无效 / REFUSED")
    assert run(verifier, "growth", "other")[0] == run(verifier, "nowhere")[0] == run(verifier)[0] == 1
    assert "python -I verify_receipt.py" in run()[1]


def test_the_verifier_is_a_short_file_of_its_own() -> None:
    text = VERIFIER.read_text("utf-8")
    assert text.count("\n") <= 100
    assert "bot" not in {
        line.split()[1].partition(".")[0] for line in text.splitlines() if line.startswith(("from", "import"))
    }
