from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import core_migrations
from bot.clock import VirtualClock
from bot.members_identities_store import move_member
from bot.plugins.growth.codes import ReferralCode
from bot.plugins.growth.gifts_store import add_gift, erase_gifts, export_gifts, get_gift, gifts_by, set_gift_state
from bot.plugins.growth.model import Gift, GiftState, Referral, ReferralState
from bot.plugins.growth.referrals_store import (
    add_referral,
    code_of,
    erase_referrals,
    export_referrals,
    get_referral,
    owner_of,
    referrals_by,
    referrer_of,
    set_referral,
)
from bot.plugins.growth.store import migrations
from bot.storage import Database, Storage

NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    made = Storage.open(tmp_path / "growth.db", VirtualClock(NOW), [*core_migrations(), migrations])
    yield made
    await made.close()


async def test_a_member_has_one_code_for_ever(storage: Storage) -> None:
    def play(db: Database) -> None:
        code = code_of(db, "a", NOW)
        assert ReferralCode(code).is_possible
        assert code_of(db, "a", NOW) == code
        assert owner_of(db, code) == "a"
        assert owner_of(db, "AAAAAAAA") == ""

    await storage.run("c", play)


async def test_another_community_knows_nothing_of_it(storage: Storage) -> None:
    code = await storage.run("c", code_of, "a", NOW)
    assert await storage.run("other", owner_of, code) == ""


async def test_a_referral_goes_through_its_states(storage: Storage) -> None:
    def play(db: Database) -> None:
        made = Referral(member_id="new", referrer_id="old", made_at=NOW)
        add_referral(db, made)
        assert get_referral(db, "new") == made
        assert referrer_of(db, "new") == "old"
        set_referral(db, "new", ReferralState.PAID, order_number=7)
        set_referral(db, "new", ReferralState.REWARDED, days=7)
        (found,) = referrals_by(db, "old")
        assert (found.state, found.order_number, found.days) == (ReferralState.REWARDED, 7, 7)

    await storage.run("c", play)


async def test_what_is_exported_names_nobody_else_and_what_is_erased_is_gone(storage: Storage) -> None:
    def play(db: Database) -> None:
        add_referral(db, Referral(member_id="new", referrer_id="old", made_at=NOW))
        code_of(db, "old", NOW)
        exported = export_referrals(db, "old")
        assert [sorted(row) for row in exported] == [["code", "made_at"], ["days", "made_at", "state"]]
        assert "new" not in str(exported)
        assert erase_referrals(db, "old") == 2
        assert referrer_of(db, "new") == ""
        assert export_referrals(db, "old") == []
        assert erase_referrals(db, "new") == 1

    await storage.run("c", play)


async def test_gifts_are_kept_with_both_sides(storage: Storage) -> None:
    def play(db: Database) -> None:
        made = Gift(order_number=3, giver_id="a", receiver_id="b", receiver_name="小红")
        add_gift(db, made)
        assert get_gift(db, 3) == made
        assert gifts_by(db, "a") == [made]
        set_gift_state(db, 3, GiftState.CODE, code_batch=5)
        set_gift_state(db, 3, GiftState.TAKEN_BACK)
        found = get_gift(db, 3)
        assert found is not None
        assert (found.state, found.code_batch) == (GiftState.TAKEN_BACK, 5)
        assert [row["side"] for row in export_gifts(db, "a") + export_gifts(db, "b")] == ["given", "received"]
        assert erase_gifts(db, "b") == 1
        assert get_gift(db, 3) == Gift(order_number=3, giver_id="a", state=GiftState.TAKEN_BACK, code_batch=5)

    await storage.run("c", play)


async def test_two_records_of_one_person_keep_one_code_and_all_referrals(storage: Storage) -> None:
    def play(db: Database) -> None:
        old, new = code_of(db, "old", NOW), code_of(db, "new", NOW)
        add_referral(db, Referral(member_id="x", referrer_id="old", made_at=NOW))
        add_referral(db, Referral(member_id="new", referrer_id="old", made_at=NOW))
        add_gift(db, Gift(order_number=1, giver_id="old", receiver_id="new", receiver_name="小红"))
        move_member(db, "old", "new")
        assert code_of(db, "new", NOW) == new
        assert owner_of(db, old) in {"", "new"}
        assert {one.member_id for one in referrals_by(db, "new")} == {"x", "new"}
        found = get_gift(db, 1)
        assert found is not None
        assert (found.giver_id, found.receiver_id) == ("new", "new")

    await storage.run("c", play)
