from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plugins.attendance.codes import (
    is_code_now,
    is_code_of_late,
    make_certificate,
    make_code,
    read_certificate,
    read_code,
    seconds_left,
    show_certificate,
    step_of,
)
from tests.plugins.attendance.kit import SECRET

NOON = datetime(2026, 12, 5, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (0x1, "46119246"),
        (0x23523EC, "68084774"),
        (0x23523ED, "67062674"),
        (0x273EF07, "91819424"),
        (0x3F940AA, "90698825"),
        (0x27BC86AA, "77737706"),
    ],
)
def test_codes_are_those_of_rfc_6238(step: int, code: str) -> None:
    assert make_code(SECRET, step, digits=8) == code
    assert make_code(SECRET, step) == code[2:]


def test_without_a_secret_there_is_no_code() -> None:
    with pytest.raises(ValueError, match="secret"):
        make_code("", 1)


def test_the_code_changes_every_minute_and_the_one_before_still_counts() -> None:
    code = make_code(SECRET, step_of(NOON))
    assert seconds_left(NOON) == 60
    assert seconds_left(NOON + timedelta(seconds=59)) == 1
    taken = [is_code_now(SECRET, code, NOON + timedelta(seconds=after)) for after in (-1, 0, 59, 60, 119, 120)]
    assert taken == [False, True, True, True, True, False]


def test_who_is_slow_is_told_from_who_guesses() -> None:
    code = make_code(SECRET, step_of(NOON))
    slow = [is_code_of_late(SECRET, code, NOON + timedelta(minutes=after)) for after in (0, 1, 2, 10, 11)]
    assert slow == [False, False, True, True, False]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("482913", "482913"),
        ("签到码：482913。", "482913"),
        ("码是482913", "482913"),
        ("482913啊", None),
        ("482 913", "482913"),
        ("482-913", "482913"),
        ("了吗", None),
        ("４8", None),
        ("", None),
    ],
)
def test_what_is_typed_is_read(typed: str, read: str | None) -> None:
    assert read_code(typed) == read


@given(st.integers(0, 2**40), st.text(min_size=1))
def test_a_code_has_six_digits_whatever_the_secret(step: int, secret: str) -> None:
    code = make_code(secret, step)
    assert len(code) == 6
    assert code.isdigit()
    assert code == make_code(secret, step, digits=8)[2:]


@given(st.text(min_size=1), st.text(), st.text())
def test_the_number_of_a_certificate_is_read_back_as_it_is_shown(secret: str, session: str, member: str) -> None:
    number = make_certificate(secret, session, member)
    assert read_certificate(show_certificate(number).lower()) == number


def test_a_certificate_belongs_to_one_member_of_one_session() -> None:
    numbers = {make_certificate(SECRET, session, member) for session in "ab" for member in "cd"}
    assert len(numbers) == 4
    assert make_certificate("other", "a", "c") not in numbers


@pytest.mark.parametrize("typed", ["", "7K2M", "7K2M-9Q40", "7K2M-9Q4TX", "你好"])
def test_what_cannot_be_a_certificate_is_none(typed: str) -> None:
    assert read_certificate(typed) is None
