"""Cases, strikes, exemptions, switches and the log on a database; a person is exported, erased, merged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import members
from bot.app import core_migrations
from bot.clock import VirtualClock
from bot.members_identities_store import move_member
from bot.model import Contact
from bot.plugins.moderation import (
    audit_store,
    cases_store,
    confirmations_store,
    erase_member,
    exemptions_store,
    export_member,
    keeping,
    notices_store,
    strikes_store,
)
from bot.plugins.moderation import plugin as moderation_plugin
from bot.plugins.moderation.model import (
    FORGOTTEN,
    WAITING,
    AuditEntry,
    Case,
    CaseState,
    Done,
    Exemption,
    Strike,
    read_case_number,
    read_strike_number,
)
from bot.storage import Database, Storage
from tests.examples import examples

pytestmark = pytest.mark.slow

NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    assert moderation_plugin.migrations is not None
    path = tmp_path / "qunzhi.db"
    opened = Storage.open(path, VirtualClock(NOW), [*core_migrations(), moderation_plugin.migrations])
    yield opened
    await opened.close()


def case_of(member_id: str = "m1", at: datetime = NOW, **changed: object) -> Case:
    plain = Case(
        number=0,
        room_id="r",
        member_id=member_id,
        name="小明",
        message_id=f"{member_id[::-1]}/{at.isoformat()}",
        said_at=at,
        made_at=at,
        rule="adverts",
        words="不发广告",
        family="advert",
        act=Done.REPORT,
        state=CaseState.OPEN,
        reason="像广告「加微信」",
        evidence="加微信",
        text="加微信领红包",
        score=0.98,
        findings=({"rule": "adverts", "weight": 2.0},),
    )
    return replace(plain, **changed)  # type: ignore[arg-type]


def strike_of(case: Case, *, points: float = 1.0, days: float = 30) -> Strike:
    return Strike(
        number=0,
        case=case.number,
        room_id=case.room_id,
        member_id=case.member_id,
        rule=case.rule,
        words=case.words,
        points=points,
        reason=case.reason,
        given_at=case.said_at,
        expires_at=case.said_at + timedelta(days=days),
    )


async def test_a_case_is_kept_as_it_was(storage: Storage) -> None:
    made = await storage.run("c", cases_store.add_case, case_of(is_paying=True, by="m9"))
    assert made.number == 1
    assert await storage.read("c", cases_store.get_case, 1) == made
    assert await storage.read("c", cases_store.case_of_message, made.message_id) == made
    assert await storage.read("elsewhere", cases_store.get_case, 1) is None


async def test_long_texts_are_cut(storage: Storage) -> None:
    made = await storage.run("c", cases_store.add_case, case_of(text="长" * 5000))
    assert len(made.text) == cases_store.LONGEST_TEXT


async def test_a_message_leads_to_one_case_and_what_people_begin_to_as_many_as_they_like(storage: Storage) -> None:
    def write(db: Database) -> None:
        for _ in range(3):
            cases_store.add_case(db, case_of(message_id=""))
        cases_store.add_case(db, case_of())
        cases_store.add_case(db, case_of())

    with pytest.raises(Exception, match="UNIQUE"):
        await storage.run("c", write)
    assert await storage.read("c", cases_store.case_of_message, "") is None


async def test_cases_are_found_by_time_person_and_room(storage: Storage) -> None:
    def write(db: Database) -> None:
        for day in range(3):
            cases_store.add_case(db, case_of(at=NOW + day * DAY))
        cases_store.add_case(db, case_of("m2"))
        cases_store.add_case(db, case_of(at=NOW + 9 * DAY, room_id="other"))

    await storage.run("c", write)

    def numbers(found: list[Case]) -> list[int]:
        return [case.number for case in found]

    assert numbers(await storage.read("c", cases_store.cases_since, "r", "m1", NOW + DAY)) == [3, 2]
    assert numbers(await storage.read("c", lambda db: cases_store.latest_cases(db, limit=2))) == [5, 4]
    assert numbers(await storage.read("c", lambda db: cases_store.latest_cases(db, room_ids=["other"]))) == [5]
    assert numbers(await storage.read("c", lambda db: cases_store.latest_cases(db, member_id="m2"))) == [4]
    assert numbers(await storage.read("c", lambda db: cases_store.latest_cases(db, room_ids=[]))) == []
    assert numbers(await storage.read("c", cases_store.waiting_of, "r", "m1")) == [1, 2, 3]


@pytest.mark.parametrize("state", list(CaseState))
async def test_what_waits_is_found_until_it_is_settled(storage: Storage, state: CaseState) -> None:
    await storage.run("c", cases_store.add_case, case_of(state=state))
    found = await storage.read("c", cases_store.waiting_cases)
    assert bool(found) is (state in WAITING)
    assert await storage.read("c", cases_store.waiting_cases, {"other"}) == []


async def test_hits_are_counted_and_the_act_changes_only_when_one_is_given(storage: Storage) -> None:
    await storage.run("c", cases_store.add_case, case_of())
    assert [await storage.run("c", cases_store.count_hit, 1) for _ in range(2)] == [2, 3]
    await storage.run("c", cases_store.set_state, 1, CaseState.SETTLED)
    await storage.run("c", cases_store.set_state, 1, CaseState.UNDONE)
    found = await storage.read("c", cases_store.get_case, 1)
    assert (found.act, found.state, found.hits) == (Done.REPORT, CaseState.UNDONE, 3)
    await storage.run("c", cases_store.set_state, 1, CaseState.SETTLED, Done.REMOVE)
    assert (await storage.read("c", cases_store.get_case, 1)).act is Done.REMOVE


# ---- strikes


async def test_a_strike_counts_from_when_it_was_said_until_it_expires(storage: Storage) -> None:
    def write(db: Database) -> None:
        strikes_store.add_strike(db, strike_of(cases_store.add_case(db, case_of())))

    await storage.run("c", write)

    async def numbers(at: datetime) -> list[int]:
        return [one.number for one in await storage.read("c", strikes_store.strikes_in_force, "m1", at)]

    assert await numbers(NOW - timedelta(seconds=1)) == []
    assert await numbers(NOW) == [1]
    assert await numbers(NOW + 30 * DAY - timedelta(seconds=1)) == [1]
    assert await numbers(NOW + 30 * DAY) == []


async def test_a_strike_is_withdrawn_once_and_can_be_restored(storage: Storage) -> None:
    await storage.run("c", lambda db: strikes_store.add_strike(db, strike_of(case_of())).number)
    assert [await storage.run("c", strikes_store.withdraw_strike, 1, NOW) for _ in range(2)] == [True, False]
    assert await storage.read("c", strikes_store.strikes_in_force, "m1", NOW) == []
    assert [await storage.run("c", strikes_store.restore_strike, 1) for _ in range(2)] == [True, False]
    assert len(await storage.read("c", strikes_store.strikes_in_force, "m1", NOW)) == 1


@settings(max_examples=examples(60))
@given(
    st.lists(st.tuples(st.integers(0, 50), st.floats(0.1, 5), st.integers(1, 40), st.booleans()), max_size=8),
    st.integers(0, 90),
)
def test_what_counts_is_what_was_given_is_not_over_and_was_not_taken_back(
    given_strikes: list[tuple[int, float, int, bool]], day: int
) -> None:
    at = NOW + day * DAY
    found = [
        replace(
            strike_of(case_of(at=NOW + begin * DAY), points=points, days=days),
            withdrawn_at=NOW if is_withdrawn else None,
        )
        for begin, points, days, is_withdrawn in given_strikes
    ]
    wanted = [
        points
        for begin, points, days, is_withdrawn in given_strikes
        if not is_withdrawn and begin <= day < begin + days
    ]
    assert [one.points for one in found if one.counts_at(at)] == wanted


# ---- the log


async def test_the_log_is_read_by_case_person_room_and_time(storage: Storage) -> None:
    def write(db: Database) -> None:
        for number, (done, room_id, member_id) in enumerate(
            [(Done.REPORT, "r", "m1"), (Done.STRIKE, "r", "m1"), (Done.RULE, "", ""), (Done.WARN, "other", "m2")]
        ):
            audit_store.add(
                db,
                AuditEntry(
                    done=done,
                    at=NOW + number * DAY,
                    reason="因为",
                    case=1 if member_id == "m1" else 0,
                    room_id=room_id,
                    member_id=member_id,
                    data={"n": number},
                ),
            )

    await storage.run("c", write)

    def acts(found: list[AuditEntry]) -> list[Done]:
        return [one.done for one in found]

    assert acts(await storage.read("c", audit_store.entries_of_case, 1)) == [Done.REPORT, Done.STRIKE]
    assert acts(await storage.read("c", audit_store.entries_of_member, "m1", 1)) == [Done.STRIKE]
    assert acts(await storage.read("c", audit_store.latest_entries, ["r"], 9)) == [Done.RULE, Done.STRIKE, Done.REPORT]
    assert len(await storage.read("c", audit_store.latest_entries, [], 9)) == 4
    found = await storage.read("c", audit_store.entries_between, NOW + DAY, NOW + 3 * DAY)
    assert acts(found) == [Done.STRIKE, Done.RULE]
    assert found[0].data == {"n": 1}


@pytest.mark.parametrize(("given", "kept"), [("因为", "因为"), ("", "没有写理由"), ("  ", "没有写理由")])
async def test_every_act_has_a_reason(storage: Storage, given: str, kept: str) -> None:
    await storage.run("c", audit_store.add, AuditEntry(done=Done.WARN, at=NOW, reason=given, case=1))
    assert [one.reason for one in await storage.read("c", audit_store.entries_of_case, 1)] == [kept]


@pytest.mark.parametrize(
    ("done", "by", "ago", "counted"),
    [
        (Done.REMOVE, "", 1, 1),
        (Done.BY_HAND, "", 1, 1),
        (Done.REMOVE, "m9", 1, 0),
        (Done.REMOVE, "", 11, 0),
        (Done.WARN, "", 1, 0),
    ],
)
async def test_the_brake_counts_what_rules_removed_lately(
    storage: Storage, done: Done, by: str, ago: int, counted: int
) -> None:
    entry = AuditEntry(done=done, at=NOW - timedelta(minutes=ago), reason="", room_id="r", decided_by=by)
    await storage.run("c", audit_store.add, entry)
    since = NOW - timedelta(minutes=10)
    assert await storage.read("c", audit_store.count_removals, since) == counted
    assert await storage.read("c", audit_store.count_removals, since, "r") == counted
    assert await storage.read("c", audit_store.count_removals, since, "other") == 0


# ---- exemptions, switches, notices, confirmations


async def test_a_newer_exemption_takes_the_place_of_the_old_one(storage: Storage) -> None:
    first = Exemption(member_id="m1", room_id="r", name="小明", until=NOW + DAY, reason="", noted_by="m9")
    await storage.run("c", exemptions_store.put_exemption, first, NOW)
    await storage.run("c", exemptions_store.put_exemption, replace(first, until=None), NOW)
    (found,) = await storage.read("c", exemptions_store.all_exemptions)
    assert found == replace(first, until=None)
    assert found.counts_at(NOW + 999 * DAY)
    assert not first.counts_at(NOW + DAY)
    assert [await storage.run("c", exemptions_store.drop_exemption, "m1", "r") for _ in range(2)] == [True, False]


async def test_a_switch_is_set_and_taken_back(storage: Storage) -> None:
    await storage.run("c", exemptions_store.set_switch, "brake", "too many", NOW)
    await storage.run("c", exemptions_store.set_switch, "dry_run", "on", NOW, "r")
    await storage.run("c", exemptions_store.set_switch, "dry_run", "off", NOW, "r")
    assert await storage.read("c", exemptions_store.all_switches) == {
        ("brake", ""): "too many",
        ("dry_run", "r"): "off",
    }
    await storage.run("c", exemptions_store.set_switch, "brake", "", NOW)
    assert await storage.read("c", exemptions_store.switch, "brake") == ""


async def test_what_is_held_back_is_told_once_and_in_order(storage: Storage) -> None:
    assert [await storage.run("c", notices_store.hold_back, "remind", "r", number) for number in (5, 3, 5)] == [
        True,
        False,
        False,
    ]
    await storage.run("c", notices_store.hold_back, "report", "r", 4)
    assert await storage.run("c", notices_store.drop_held_back, 4)
    assert await storage.run("c", notices_store.take_held_back, "remind", "r") == [3, 5]
    assert await storage.run("c", notices_store.take_held_back, "remind", "r") == []
    assert await storage.read("c", notices_store.held_back, "report", "r") == []


async def test_one_person_confirms_once(storage: Storage) -> None:
    for member_id in ("m2", "m2", "m1"):
        await storage.run("c", confirmations_store.add_confirmation, 7, member_id, NOW)
    assert sorted(await storage.read("c", confirmations_store.confirmed_by, 7)) == ["m1", "m2"]
    await storage.run("c", confirmations_store.forget_confirmations, 7)
    assert await storage.read("c", confirmations_store.confirmed_by, 7) == []


# ---- people


MING, HONG, OWNER = "member-ming", "member-hong", "member-owner"  # unlike any part of a random id


def _fill(db: Database, member_id: str, by: str) -> None:
    case = cases_store.add_case(db, case_of(member_id, by=by))
    strikes_store.add_strike(db, replace(strike_of(case), given_by=by))
    exemptions_store.put_exemption(
        db, Exemption(member_id=member_id, room_id="r", name="小明", until=None, reason="", noted_by=by), NOW
    )
    confirmations_store.add_confirmation(db, case.number, member_id, NOW)
    audit_store.add(
        db,
        AuditEntry(
            done=Done.WARN,
            at=NOW,
            reason="「加微信」",
            case=case.number,
            member_id=member_id,
            name="小明",
            decided_by=by,
            data={"whose": member_id},
        ),
    )


async def test_a_person_is_exported(storage: Storage) -> None:
    await storage.run("c", _fill, MING, OWNER)
    found = await storage.read("c", export_member, MING)
    for table in ("moderation_cases", "moderation_strikes", "moderation_exemptions", "moderation_audit"):
        assert len(found[table]) == 1, table
    assert found["moderation_cases"][0]["text"] == "加微信领红包"
    assert OWNER not in str(found)


async def test_of_an_erased_person_only_that_something_was_done_stays(storage: Storage) -> None:
    await storage.run("c", _fill, MING, OWNER)
    await storage.run("c", _fill, HONG, MING)
    deleted = await storage.run("c", erase_member, MING)
    assert deleted["moderation_strikes"] == 1
    everything = await storage.read("c", _everything)
    assert MING not in everything
    case = await storage.read("c", cases_store.get_case, 1)
    assert (case.rule, case.act, case.text, case.name, case.reason) == ("adverts", Done.REPORT, "", "", "")
    assert case.state is CaseState.SETTLED
    (entry,) = await storage.read("c", audit_store.entries_of_case, 1)
    assert (entry.done, entry.name, entry.member_id) == (Done.WARN, "", "")
    (entry,) = await storage.read("c", audit_store.entries_of_case, 2)
    assert (entry.decided_by, entry.name) == (FORGOTTEN, "小明")


def _everything(db: Database) -> str:
    tables = ("cases", "strikes", "exemptions", "confirmations", "audit")
    return str([db.query(f"select * from moderation_{table} where community = :community") for table in tables])


async def test_two_records_of_one_person_are_one_afterwards(storage: Storage) -> None:
    def meet(db: Database, contact_id: str) -> str:
        return members.resolve_contact(db, "bot", Contact(contact_id, "小明"), stable_ids=True).id

    one, other = await storage.run("c", meet, "c1"), await storage.run("c", meet, "c2")
    await storage.run("c", _fill, one, other)
    await storage.run("c", _fill, other, one)
    await storage.run("c", move_member, other, one)
    assert other not in await storage.read("c", _everything)
    assert len(await storage.read("c", strikes_store.strikes_of_member, one)) == 2
    assert len(await storage.read("c", exemptions_store.all_exemptions)) == 1


async def test_what_is_old_is_forgotten_and_what_waits_is_not(storage: Storage) -> None:
    def write(db: Database) -> int:
        old = cases_store.add_case(db, case_of(at=NOW - 400 * DAY, state=CaseState.SETTLED))
        cases_store.add_case(db, case_of("m2", at=NOW - 400 * DAY))
        strikes_store.add_strike(db, strike_of(old))
        audit_store.add(db, AuditEntry(done=Done.WARN, at=NOW - 400 * DAY, reason="", case=old.number))
        audit_store.add(db, AuditEntry(done=Done.WARN, at=NOW, reason=""))
        return keeping.purge(db, NOW - 365 * DAY)

    assert await storage.run("c", write) == 3
    assert await storage.read("c", cases_store.get_case, 1) is None
    assert await storage.read("c", cases_store.get_case, 2) is not None


@pytest.mark.parametrize(
    ("typed", "number"), [("V12", 12), ("v12", 12), ("v 3", 3), ("#V7", 7), ("12", None), ("V", None), ("V1a", None)]
)
def test_numbers_of_cases_are_read(typed: str, number: int | None) -> None:
    assert read_case_number(typed) == number
    assert read_strike_number(typed.replace("V", "S").replace("v", "s")) == number
