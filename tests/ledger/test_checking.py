"""Whoever changes the books' file is found, and the first bad entry is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from bot.ledger import books_store, log_store
from bot.ledger.canonical import body_of, entry_of
from bot.ledger.findings import What
from bot.ledger.merkle import Frontier, leaf_hash
from bot.ledger.model import Entry, LedgerError
from tests.ledger.ledger_kit import Books, payment

pytestmark = pytest.mark.slow  # many databases that were tampered with

Statement = str | tuple[str, Sequence[Any]]
WHERE = "where community = 'c'"


async def test_books_that_nobody_touched_are_whole(books: Books) -> None:
    empty = await books.check()
    assert (empty.is_whole, empty.entries, empty.checkpoints) == (True, 0, 0)
    for day in range(4):
        await books.pay(range(day * 5, day * 5 + 5))
        await books.part.checkpoint()
    await books.pay([99])
    report = await books.check()
    assert (report.is_whole, report.entries, report.checkpoints) == (True, 21, 4)
    assert report.chinese == "账本完好：21 笔流水的内容、分录、余额和校验树一致，4 个检查点都对得上。"
    assert report.english.startswith("whole: 21 entries, 4 checkpoints, root ")


async def bodies(books: Books) -> list[bytes]:
    return await books.read(lambda db: [one.body for one in log_store.entries_after(db, -1)])


def changed(body: bytes, fen: int = 1) -> bytes:
    seq, entry = entry_of(body)
    number = entry.postings[0].order_number
    return body_of(seq, payment(number, fen, key=entry.key, at=entry.at))


def rewrite(seqs: dict[int, bytes]) -> list[Statement]:
    """Other contents, with lines and balances to match: the books balance again."""
    said: list[Statement] = []
    for seq, body in seqs.items():
        postings = json.loads(body)["postings"]
        said.append((f"update ledger_entries set body = ? {WHERE} and seq = ?", (body, seq)))
        for line, (_, fen, _) in enumerate(postings):
            said.append(
                (f"update ledger_postings set amount_fen = ? {WHERE} and seq = ? and line = ?", (fen, seq, line))
            )
    return [
        *said,
        (
            "update ledger_balances set amount_fen = (select sum(amount_fen) from ledger_postings p"
            " where p.community = ledger_balances.community and p.account = ledger_balances.account)"
        ),
    ]


def regrow(bodies: Sequence[bytes]) -> list[Statement]:
    """The whole tree of these contents."""
    tree = Frontier()
    return [
        (
            f"update ledger_entries set body = ?, hashes = ? {WHERE} and seq = ?",
            (body, b"".join(tree.append(leaf_hash(body))), seq),
        )
        for seq, body in enumerate(bodies)
    ]


async def twelve(books: Books) -> list[bytes]:
    """Twelve payments; signed after eight and after twelve."""
    await books.pay(range(8))
    await books.part.checkpoint()
    await books.pay(range(8, 12))
    await books.part.checkpoint()
    return await bodies(books)


Tampering = Callable[[list[bytes]], list[Statement]]
TAMPERINGS: dict[str, tuple[Tampering, What, int, int | None]] = {
    "an amount": (lambda was: rewrite({5: changed(was[5])}), What.CONTENT, 5, None),
    "an amount, in the text alone": (
        lambda was: [("update ledger_entries set body = ? where seq = 5", (was[5].replace(b"9900", b"9901"),))],
        What.CONTENT, 5, None,
    ),
    "an amount, with its leaf": (
        lambda was: [
            *rewrite({5: changed(was[5])}),
            (
                "update ledger_entries set hashes = ? || substr(hashes, 33) where seq = 5",
                (leaf_hash(changed(was[5])),),
            ),
        ],
        What.TYPE, 5, None,
    ),
    "an amount, with its leaf, as bytes": (
        lambda was: [
            *rewrite({4: changed(was[4])}),
            ("update ledger_entries set hashes = ? where seq = 4", (leaf_hash(changed(was[4])),)),
        ],
        What.NODES, 4, 5,
    ),
    "an amount, with the whole tree": (
        lambda was: [*rewrite({9: changed(was[9])}), *regrow([*was[:9], changed(was[9]), *was[10:]])],
        What.ROOT, 8, 11,
    ),
    "a posting": (
        lambda _: ["update ledger_postings set amount_fen = 1 where seq = 3 and line = 0"], What.POSTINGS, 3, None,
    ),
    "a posting of another order": (
        lambda _: ["update ledger_postings set order_number = 7 where seq = 3 and line = 0"], What.POSTINGS, 3, None,
    ),
    "a posting that belongs to nothing": (
        lambda _: ["insert into ledger_postings values ('c', 40, 0, 'assets:owner', 5, 1)"],
        What.STRAY_POSTING, 40, None,
    ),
    "a deleted posting": (lambda _: ["delete from ledger_postings where seq = 6"], What.POSTINGS, 6, None),
    "a deleted tail": (
        lambda _: ["delete from ledger_entries where seq >= 10", "delete from ledger_postings where seq >= 10"],
        What.SHORTER, 10, 11,
    ),
    "a deleted middle": (
        lambda _: ["delete from ledger_entries where seq in (5, 6)", "delete from ledger_postings where seq in (5, 6)"],
        What.MISSING, 5, 6,
    ),
    "a deleted beginning": (lambda _: ["delete from ledger_entries where seq = 0"], What.MISSING, 0, 0),
    "two contents swapped": (
        lambda was: [
            "update ledger_entries set key = 'x' where seq = 7",
            ("update ledger_entries set body = ?, key = 'owner:7' where seq = 2", (was[7],)),
            ("update ledger_entries set body = ?, key = 'owner:2' where seq = 7", (was[2],)),
        ],
        What.PLACE, 2, None,
    ),
    "two rows swapped": (
        lambda _: [
            "update ledger_entries set seq = 99 where seq = 2",
            "update ledger_entries set seq = 2 where seq = 7",
            "update ledger_entries set seq = 7 where seq = 99",
        ],
        What.PLACE, 2, None,
    ),
    "a content turned into text": (
        lambda _: ["update ledger_entries set body = cast(body as text) where seq = 4"], What.TYPE, 4, None,
    ),
    "an amount turned into bytes": (
        lambda _: ["update ledger_postings set amount_fen = cast(amount_fen as blob) where seq = 4"],
        What.POSTINGS, 4, None,
    ),
    "an amount turned into a float, in a table without types": (
        lambda _: [
            "create table loose (community, seq, line, account, amount_fen, order_number)",
            "insert into loose select * from ledger_postings", "drop table ledger_postings",
            "alter table loose rename to ledger_postings",
            "update ledger_postings set amount_fen = amount_fen * 1.0 where seq = 4 and line = 1",
        ],
        What.POSTINGS, 4, None,
    ),
    "a place turned into text": (
        lambda _: ["update ledger_entries set seq = 'last' where seq = 11"], What.ORDER, 11, None,
    ),
    "a content that is none": (
        lambda _: [("update ledger_entries set body = ? where seq = 4", (b"\xff{",))], What.CONTENT, 4, None,
    ),
    "a forged root": (
        lambda _: ["update ledger_checkpoints set root = zeroblob(32) where size = 12"],
        What.FORGED_CHECKPOINT, 8, None,
    ),
    "a forged note": (
        lambda _: ["update ledger_checkpoints set note = replace(note, '12', '11'), size = 11 where size = 12"],
        What.FORGED_CHECKPOINT, 8, None,
    ),
    "a note that is none": (
        lambda _: ["update ledger_checkpoints set note = x'ff' where size = 8"], What.FORGED_CHECKPOINT, 0, None,
    ),
    "a node": (
        lambda was: [("update ledger_entries set hashes = ? where seq = 7", (leaf_hash(was[7]) + bytes(96),))],
        What.NODES, 6, 7,
    ),
    "a key": (lambda _: ["update ledger_entries set key = 'owner:x' where seq = 5"], What.COLUMNS, 5, None),
    "a time": (
        lambda _: ["update ledger_entries set at = '2020-01-01T00:00:00.000000+00:00' where seq = 5"],
        What.COLUMNS, 5, None,
    ),
    "a balance": (
        lambda _: ["update ledger_balances set amount_fen = 1 where account = 'assets:owner'"],
        What.BALANCES, None, None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_what_was_tampered_with_is_named_with_the_first_bad_entry(books: Books, name: str) -> None:
    tamper, what, first, last = TAMPERINGS[name]
    statements = tamper(await twelve(books))
    assert (await books.check()).is_whole
    await books.tamper(*statements)
    report = await books.check()
    found = report.findings[0]
    assert (found.what, found.first, found.last) == (what, first, last)
    assert not report.is_whole
    assert str(first if first is not None else "assets:owner") in report.chinese
    assert report.english.splitlines()[1] == found.english


async def test_a_history_signed_again_is_found_by_a_checkpoint_from_outside(books: Books) -> None:
    was = await twelve(books)
    kept = (await books.read(lambda db: db.query(f"select note from ledger_checkpoints {WHERE} and size = 8")))[0][
        "note"
    ]
    forged = [*was[:3], changed(was[3]), *was[4:]]
    await books.tamper(*rewrite({3: changed(was[3])}), *regrow(forged), "delete from ledger_checkpoints")
    await books.part.checkpoint()  # whoever has the key signs what he likes
    assert (await books.check()).is_whole
    report = await books.check(kept)
    found = report.findings[0]
    assert (found.what, found.first, found.last) == (What.OUTSIDE_ROOT, 0, 7)
    assert report.chinese.startswith("账本被动过！第一处：流水 #0 到 #7 起的历史被改写后重新签过")


@pytest.mark.parametrize(("receipt_of", "range_"), [(3, (3, 3)), (2, (3, 3)), (0, (2, 3)), (6, (0, 3)), (9, (0, 7))])
async def test_a_payers_receipt_tells_more_exactly_what_was_rewritten(
    books: Books, receipt_of: int, range_: tuple[int, int]
) -> None:
    was = await twelve(books)
    receipt = await books.part.receipt(seq=receipt_of)
    assert (await books.check(receipt)).is_whole
    forged = [*was[:3], changed(was[3]), *was[4:]]
    await books.tamper(*rewrite({3: changed(was[3])}), *regrow(forged), "delete from ledger_checkpoints")
    await books.part.checkpoint()
    found = (await books.check(receipt)).findings[0]
    assert (found.what, (found.first, found.last)) == (What.OUTSIDE_ROOT, range_)


async def test_an_older_checkpoint_that_holds_narrows_what_was_rewritten(books: Books) -> None:
    await books.pay(range(4))
    first = await books.part.checkpoint()
    await books.pay(range(4, 8))
    second = await books.part.checkpoint()
    was = await bodies(books)
    await books.tamper(
        *rewrite({6: changed(was[6])}), *regrow([*was[:6], changed(was[6]), was[7]]), "delete from ledger_checkpoints"
    )
    found = (await books.check(second, first)).findings[0]
    assert (found.what, found.first, found.last) == (What.OUTSIDE_ROOT, 4, 7)


async def test_what_was_posted_in_a_room_is_held_against_the_log(books: Books) -> None:
    posted = []
    for size in (4, 8):
        await books.pay(range(size - 4, size))
        await books.part.checkpoint()
        root = (await books.check()).root
        posted.append(f"今天入账 1 元。账本第 {size} 条，指纹 {root[:8]} {root[8:16]}。存着它。")
    assert (await books.check("\n".join(posted))).checkpoints == 4
    was = await bodies(books)
    await books.tamper(
        *rewrite({6: changed(was[6])}), *regrow([*was[:6], changed(was[6]), was[7]]), "delete from ledger_checkpoints"
    )
    found = (await books.check("\n".join(posted))).findings
    assert [(one.what, one.first, one.last) for one in found] == [(What.OUTSIDE_ROOT, 4, 7)]


async def test_a_tail_deleted_with_its_checkpoints_is_found_from_outside(books: Books) -> None:
    await twelve(books)
    kept = await books.part.checkpoint()
    await books.tamper(
        "delete from ledger_entries where seq >= 8", "delete from ledger_postings where seq >= 8",
        "delete from ledger_checkpoints where size > 8",
        "update ledger_balances set amount_fen = amount_fen / 12 * 8",
    )  # fmt: skip
    assert (await books.check()).is_whole
    found = (await books.check(kept)).findings[0]
    assert (found.what, found.first, found.last) == (What.OUTSIDE_SHORTER, 8, 11)


async def test_another_key_is_seen(books: Books) -> None:
    await twelve(books)
    kept = await books.part.checkpoint()
    books.part.key_path.unlink()
    missing = await books.check()
    assert [(one.what, one.first) for one in missing.findings] == [(What.NO_KEY, 0)]
    with pytest.raises(LedgerError, match="请放回您另存的那一份"):
        await books.part.checkpoint()  # a new key signs nothing that another one began
    found = {one.what for one in (await books.check(kept)).findings}
    assert found == {What.FORGED_CHECKPOINT, What.OUTSIDE_KEY}


async def test_a_text_that_is_no_checkpoint_of_this_log_is_refused(books: Books) -> None:
    await twelve(books)
    note = await books.part.checkpoint()
    for text in ("", "hello", note.replace("qunzhi/c", "qunzhi/d"), "a\n1\n???\n"):
        with pytest.raises(LedgerError):
            await books.check(text)


async def test_only_the_first_faults_are_listed_and_all_are_counted(books: Books) -> None:
    await books.pay(range(150))
    await books.tamper("update ledger_entries set body = cast('{}' as blob)")
    report = await books.check()
    assert (len(report.findings) < 110, report.count >= 150, report.findings[0].first) == (True, True, 0)


async def test_an_unbalanced_entry_that_the_tree_vouches_for_is_named(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    await books.pay([1])
    monkeypatch.setattr("bot.ledger.canonical._refuse_line", lambda _: None)
    one_sided = payment(2, postings=payment(2).postings[:1])
    monkeypatch.setattr(books_store, "body_of", lambda seq, _: _unbalanced(seq, one_sided))
    monkeypatch.setattr(books_store, "lines_of", lambda entry: list(entry.postings))
    await books.post(one_sided)
    monkeypatch.undo()
    found = (await books.check()).findings[0]
    assert (found.what, found.first, found.detail) == (What.UNBALANCED, 1, "9900")


def _unbalanced(seq: int, entry: Entry) -> bytes:
    read = json.loads(body_of(seq, payment(2)))
    read["postings"] = [[entry.postings[0].account, 9900, 2]]
    return json.dumps(read, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


async def test_an_entry_that_was_added_twice_is_named(books: Books) -> None:
    """The unique key was dropped by whoever added it, and the tree made to match."""
    await books.pay([1])
    body = body_of(1, payment(1))
    grown = Frontier()
    grown.append(leaf_hash((await bodies(books))[0]))
    await books.tamper(
        "create table copied as select * from ledger_entries", "drop table ledger_entries",
        "alter table copied rename to ledger_entries",
        ("insert into ledger_entries select community, 1, key, kind, at, ?, ? from ledger_entries",
         (body, b"".join(grown.append(leaf_hash(body))))),
        "insert into ledger_postings select community, 1, line, account, amount_fen, order_number from ledger_postings",
        "update ledger_balances set amount_fen = 2 * amount_fen",
    )  # fmt: skip
    found = (await books.check()).findings
    assert [(one.what, one.first) for one in found] == [(What.DUPLICATE, 1)]
