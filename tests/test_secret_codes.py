"""Codes are made, shown, typed and hashed; wrong ones lock for a while."""

from __future__ import annotations

import random
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import secret_codes_store
from bot.clock import SystemClock
from bot.log_redaction import Redactor
from bot.secret_codes import (
    ALPHABET,
    MOST_WRONG,
    CodeKind,
    SecretKey,
    find_codes,
    hide_codes,
    is_code_like,
    lock_after,
    make_code,
    read_code,
)
from bot.storage import Storage

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def _code(seed: int = 1, kind: CodeKind = CodeKind.REDEEM):
    return make_code(kind, random.Random(seed).choice)


@given(st.integers(), st.sampled_from(CodeKind))
def test_a_code_is_read_as_it_is_shown(seed, kind):
    code = _code(seed, kind)
    assert code.shown.startswith(f"{kind}-")
    assert not set(code.symbols) & set("ILOU")
    assert read_code(code.shown) == code


@given(st.integers(), st.randoms())
def test_however_it_is_typed_a_code_is_the_same(seed, dice):
    code = _code(seed)
    typed = code.shown
    for sign, like in (("0", "oO0"), ("1", "iIlL1"), ("V", "vuU"), ("-", ["-", "", " ", "—", "－", " - "])):
        typed = "".join(dice.choice(list(like)) if one == sign else one for one in typed)
    typed = "".join(chr(ord(one) + 0xFEE0) if dice.random() < 0.3 and "!" <= one <= "~" else one for one in typed)
    typed = "".join(dice.choice([one.lower(), one]) for one in typed)
    assert read_code(typed) == code
    assert read_code(typed.upper().replace("QZ", "", 1).replace("ＱＺ", "", 1)) in {code, None}


@given(st.integers(0, 10**6), st.integers(0, 15), st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_a_slip_and_no_other_code(seed, at, sign):
    code = _code(seed)
    if code.symbols[at] != sign:
        wrong = code.symbols[:at] + sign + code.symbols[at + 1 :]
        assert read_code(f"QZ-{wrong}") is None
        assert is_code_like(f"QZ-{wrong}")


def test_the_kind_is_part_of_the_code():
    code = _code(3)
    assert read_code(code.shown.replace("QZ", "BD")) is None
    assert read_code(code.symbols) == code


@pytest.mark.parametrize("text", ["", "month", "谢谢", "QZ", "12", "你好 QZ-1", "1234567890123456789012"])
def test_chat_is_no_code(text):
    assert read_code(text) is None
    assert not is_code_like(text)


def test_codes_are_found_in_sentences_and_hidden():
    first, second = _code(1), _code(2, CodeKind.BINDING)
    text = f"我的码是{first.shown}，还有 {second.shown.lower()}。"
    assert find_codes(text) == [first, second]
    assert hide_codes(text) == "我的码是QZ-****，还有 BD-****。"
    assert first.shown not in Redactor().clean(text)
    assert second.shown.lower() not in Redactor().clean(text)
    assert first.symbols not in repr(first)


def test_no_two_hashes_are_alike_and_the_key_is_for_its_owner_only(tmp_path: Path):
    path = tmp_path / "data" / "codes.key"
    key, code = SecretKey(path), _code()
    hashed = key.hash(code)
    assert key.hash(code) == hashed == SecretKey(path).hash(code)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key.hash(_code(2)) != hashed
    assert SecretKey(tmp_path / "other.key").hash(code) != hashed
    assert code.symbols not in hashed.upper()


def test_the_lock_doubles_up_to_a_day():
    locks = [lock_after(wrong) for wrong in range(1, 16)]
    assert locks[: MOST_WRONG - 1] == [timedelta()] * (MOST_WRONG - 1)
    assert locks[MOST_WRONG - 1 : MOST_WRONG + 2] == [timedelta(minutes=m) for m in (10, 20, 40)]
    assert locks[-1] == lock_after(10**6) == timedelta(days=1)


async def test_wrong_codes_lock_one_member_and_are_forgiven_by_time_alone(tmp_path: Path):
    storage = Storage.open(tmp_path / "c.db", SystemClock(), [secret_codes_store.migrations])
    try:
        for _ in range(MOST_WRONG - 1):
            assert await storage.run("c", secret_codes_store.note_wrong_code, "ming", NOW) is None
        until = await storage.run("c", secret_codes_store.note_wrong_code, "ming", NOW)
        assert until == NOW + timedelta(minutes=10)
        assert await storage.read("c", secret_codes_store.locked_until, "ming", NOW) == until
        assert await storage.read("c", secret_codes_store.locked_until, "hong", NOW) is None
        assert await storage.read("c", secret_codes_store.locked_until, "ming", until) is None
        again = await storage.run("c", secret_codes_store.note_wrong_code, "ming", until)
        assert again == until + timedelta(minutes=20)
        later = again + timedelta(days=3)
        assert await storage.run("c", secret_codes_store.note_wrong_code, "ming", later) is None
    finally:
        await storage.close()
