"""Another key signs from now on, and what the older one signed stays proven, up to where it signed."""

from __future__ import annotations

import base64

import pytest

from bot.ledger.keys import prepare_key, read_key
from bot.ledger.model import LedgerError
from bot.ledger.notes import sign_checkpoint
from bot.ledger.part import LedgerPart
from bot.ledger.rotation import rotate, trusted_keys
from bot.ledger.verify_receipt import describe, open_checkpoint, open_receipt
from tests.ledger.ledger_kit import Books

pytestmark = pytest.mark.slow  # databases


async def test_a_new_key_signs_and_what_the_old_one_signed_stays_proven(books: Books) -> None:
    await books.pay([1, 2])
    first, old_receipt, kept = await books.part.verifier(), await books.part.receipt(1), await books.part.checkpoint()
    turned = await books.part.rotate_key()
    keys = await books.part.verifier()
    second = keys.split(",")[0]
    assert keys == f"{second},{first}@2"
    assert open_checkpoint(turned, first) == open_checkpoint(turned, second)
    await books.pay([3])
    receipt, growth = await books.part.receipt(3), await books.part.growth(kept)
    assert open_receipt(receipt, second)[0]["key"] == "owner:3"
    assert "旧账未动" in describe(growth.strip(), keys, kept.strip())
    assert open_receipt(old_receipt, keys) == open_receipt(old_receipt, first)
    with pytest.raises(ValueError, match="不是用这把钥匙"):
        open_receipt(receipt, first)
    report = await books.check(kept, old_receipt, receipt, turned)
    assert (report.is_whole, report.entries) == (True, 4)


async def test_keys_may_be_changed_again_and_again(books: Books) -> None:
    kept = []
    for order in range(1, 4):
        await books.pay([order])
        kept.append(await books.part.checkpoint())
        await books.part.rotate_key()
    keys = await books.part.verifier()
    assert [one.partition("@")[2] for one in keys.split(",")] == ["", "5", "3", "1"]
    assert [open_checkpoint(note, keys)[0] for note in kept] == [1, 3, 5]
    assert (await books.check(*kept)).is_whole
    books.part = LedgerPart(books.storage, "c", books.clock, books.folder)
    assert await books.part.verifier() == keys


async def test_even_empty_books_may_change_their_key(books: Books) -> None:
    await books.part.rotate_key()
    assert (await books.check()).is_whole


async def test_an_old_key_that_was_stolen_signs_nothing_later(books: Books) -> None:
    await books.pay([1, 2])
    await books.part.checkpoint()
    old = read_key(books.part.key_path)
    assert old is not None
    await books.part.rotate_key()
    await books.pay([3])
    note = await books.part.checkpoint()
    forged = sign_checkpoint(old, books.part.origin, 4, base64.b64decode(note.split("\n")[2]))
    with pytest.raises(ValueError, match="不是用这把钥匙"):
        open_checkpoint(forged, await books.part.verifier())
    await books.tamper(("update ledger_checkpoints set note = ? where size = 4", [forged]))
    report = await books.check()
    assert not report.is_whole
    with pytest.raises(LedgerError, match=r"不是用这把 ledger.key 签的"):
        await books.part.checkpoint()


async def test_whoever_has_the_file_cannot_name_an_older_key_of_their_own(books: Books) -> None:
    await books.pay([1])
    await books.part.checkpoint()
    await books.part.rotate_key()
    second = (await books.part.verifier()).split(",")[0]
    body = await books.read(lambda db: db.query("select body from ledger_entries where community = 'c' and seq = 1"))
    first = (await books.part.verifier()).split(",")[1].partition("@")[0]
    mine = prepare_key(books.folder / "mine").verifier(books.part.origin)
    forged = body[0]["body"].replace(first.encode(), mine.encode())
    assert forged != body[0]["body"]
    await books.tamper(("update ledger_entries set body = ? where seq = 1", [forged]))
    assert await books.part.verifier() == second
    assert not (await books.check()).is_whole


@pytest.mark.parametrize("is_written", [False, True])
async def test_a_crash_while_the_key_is_changed_leaves_one_key_in_force(books: Books, *, is_written: bool) -> None:
    await books.pay([1])
    kept = await books.part.checkpoint()
    before = await books.part.verifier()
    new = prepare_key(books.part.key_path)
    if is_written:
        old = read_key(books.part.key_path)
        assert old is not None
        await books.storage.run("c", rotate, books.part.origin, old, new, books.clock.now())
    after = await books.part.verifier()
    assert (after == before) is not is_written
    assert (after.split(",")[0] == new.verifier(books.part.origin)) is is_written
    await books.pay([2])
    assert open_receipt(await books.part.receipt(2), after)[0]["key"] == "owner:2"
    assert (await books.check(kept)).is_whole
    await books.part.rotate_key()  # and it may be tried again
    assert (await books.check(kept)).is_whole


async def test_a_log_that_was_tampered_with_keeps_its_key(books: Books) -> None:
    await books.pay([1, 2])
    await books.part.checkpoint()
    keys = await books.part.verifier()
    await books.tamper("delete from ledger_entries where seq = 1")
    with pytest.raises(LedgerError):
        await books.part.rotate_key()
    assert await books.part.verifier() == keys
    assert await books.read(trusted_keys, keys) == keys
