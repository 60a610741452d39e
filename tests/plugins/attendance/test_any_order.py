"""In whatever order members sign in and the host corrects: each counts once, is told once, and is there or absent."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import members
from bot.clock import VirtualClock
from bot.errors import UserError
from bot.model import Member, Outgoing, Role
from bot.plugin import Context
from bot.plugins.attendance.closings_store import get_closing, no_shows_by
from bot.plugins.attendance.codes import make_code, step_of
from bot.plugins.attendance.correcting import _note_present, _take_out
from bot.plugins.attendance.ending import _end
from bot.plugins.attendance.settings import AttendanceSettings
from bot.plugins.attendance.signing import _take_code
from bot.plugins.attendance.store import attendances_of
from bot.plugins.attendance.store import migrations as attendance_migrations
from bot.plugins.training.registrations_store import put_registration
from bot.plugins.training.sessions_store import put_session
from bot.plugins.training.store import migrations as training_migrations
from bot.storage import Database, Storage
from tests.examples import examples
from tests.plugins.attendance.kit import SECRET, STARTS, registration, session

pytestmark = pytest.mark.slow  # properties by the hundred

REGISTERED = ("小明", "小红", "小刚")
PEOPLE = (*REGISTERED, "路人")
WHO = st.sampled_from(PEOPLE)
ACTS = st.one_of(
    st.tuples(st.just("signs in"), WHO),
    st.tuples(st.just("guesses"), WHO),
    st.tuples(st.just("is noted"), WHO),
    st.tuples(st.just("is taken out"), WHO),
    st.tuples(st.just("ends"), st.just("")),
)


class Told:
    """Takes the place of the core: remembers what is promised."""

    def __init__(self) -> None:
        self.rows: dict[str, Outgoing] = {}

    def enqueue(self, _db: Database, row: Outgoing) -> None:
        assert row.dedupe_key
        self.rows.setdefault(row.dedupe_key, row)

    def set_deadline(self, _db: Database, _deadline: Any) -> None: ...

    def write(self, *_: Any) -> None: ...

    def part(self, _name: str) -> Told:
        return self


def call(told: Told, who: str, number: int, minutes: float) -> Context[AttendanceSettings]:
    return Context(
        services=told,  # type: ignore[arg-type]
        config=AttendanceSettings(),
        now=STARTS + timedelta(minutes=minutes),
        zone=ZoneInfo("Asia/Shanghai"),
        cause=f"call/{number}",
        member=Member(who, who),
        role=Role.OWNER,
        plugin="attendance",
    )


async def play(storage: Storage, acts: list[tuple[str, str]], told: Told) -> bool:
    """Do these things one after another and return whether the session is over."""
    is_over = False
    for number, (act, who) in enumerate(acts):
        ctx = call(told, who, number, 121 if is_over or act == "ends" else 1 + number)
        code = make_code(SECRET, step_of(ctx.now))
        someone = Member(who, who)
        try:
            if act == "ends":
                await storage.run("c", _end, ctx, "fastapi-101", 50)
                is_over = True
            elif act in {"signs in", "guesses"}:
                await storage.run("c", _take_code, ctx, code if act == "signs in" else code[::-1])
            else:
                await storage.run("c", _note_present if act == "is noted" else _take_out, ctx, someone, "fastapi-101")
        except UserError as error:
            raise AssertionError(f"{act} {who}: {error.text}") from error
    return is_over


async def check(storage: Storage, *, is_over: bool, told: Told) -> None:
    came = await storage.read("c", attendances_of, "fastapi-101")
    closing = await storage.read("c", get_closing, "fastapi-101")
    there = {one.member_id for one in came}
    absent = {who for who in PEOPLE if await storage.read("c", no_shows_by, who)}
    assert len(there) == len(came)
    assert max(Counter(one.place for one in came).values(), default=1) == 1
    assert {one.member_id for one in came if one.is_walk_in} == there - set(REGISTERED)
    assert not absent & there
    assert (closing is not None) is is_over
    if closing is None:
        assert not absent
        return
    assert (closing.registered, closing.came, closing.absent) == (3, len(came), len(absent))
    assert absent <= set(REGISTERED)
    if absent:  # attendance was taken: nobody is forgotten
        assert absent | there >= set(REGISTERED)
    thanked = {row.member_id for row in told.rows.values() if row.reason == "参加证明"}
    assert there <= thanked
    assert all(one.certificate for one in came)


@settings(max_examples=examples(60))
@given(st.lists(ACTS, max_size=14))
def test_each_counts_once_and_is_there_or_absent(acts: list[tuple[str, str]]) -> None:
    async def run() -> None:
        sets = [members.migrations, training_migrations, attendance_migrations]
        with tempfile.TemporaryDirectory() as folder:
            storage = Storage.open(Path(folder) / "qunzhi.db", VirtualClock(STARTS), sets)
            await storage.run("c", put_session, session())
            for position, name in enumerate(REGISTERED, 1):
                await storage.run("c", put_registration, registration(name, position), STARTS)
            # the passer-by is let in because the session is for every room here
            await storage.run("c", put_session, session(rooms=()))
            told = Told()
            is_over = await play(storage, acts, told)
            await check(storage, is_over=is_over, told=told)
            await storage.close()

    asyncio.run(run())
