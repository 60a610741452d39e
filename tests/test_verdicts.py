"""The ladder of measures: remind, warn, report, remove, and what happens when a rung is missing."""

from datetime import UTC, datetime

import pytest

from bot.gateway import Capabilities
from bot.model import Act, Member, Message, Room
from bot.plugin import Verdict, VerdictAction
from bot.verdicts import collect_notes, severest, take_measures

ROOM, ALICE, OWNER = Room("r1", "Python学习群"), Member("p1", "小明"), Member("p9", "老王")
MESSAGE = Message(id="m1", at=datetime(2026, 12, 1, tzinfo=UTC), talker=ALICE, room=ROOM, text="广告", raw="广告")
PRIVATE = Message(id="m2", at=MESSAGE.at, talker=ALICE, room=None, text="广告", raw="广告")


def verdict(action: VerdictAction, score: float = 1.0) -> Verdict:
    return Verdict(action=action, rule="ad", reason="像是广告", score=score)


def measures(action: VerdictAction, message: Message = MESSAGE, **lacks: bool) -> list[tuple[str, str, Act]]:
    found = take_measures(verdict(action), message, Capabilities(**lacks), [OWNER], dry_run=False)
    assert found.stops
    return [(row.room_id, row.member_id, row.act) for row in found.outgoing]


IN_ROOM, TO_ALICE, TO_OWNER = ("r1", "", Act.TEXT), ("", "p1", Act.TEXT), ("", "p9", Act.TEXT)


@pytest.mark.parametrize(
    ("action", "lacks", "done"),
    [
        (VerdictAction.REMIND, {}, [IN_ROOM]),
        (VerdictAction.WARN, {}, [TO_ALICE]),
        (VerdictAction.WARN, {"can_send_private": False}, [IN_ROOM]),
        (VerdictAction.REPORT, {}, [TO_OWNER]),
        (VerdictAction.REMOVE, {}, [("r1", "p1", Act.REMOVE), TO_OWNER]),
        (VerdictAction.REMOVE, {"can_remove": False}, [TO_ALICE, TO_OWNER]),
        (VerdictAction.REMOVE, {"can_remove": False, "can_send_private": False}, [IN_ROOM]),
    ],
)
def test_each_rung_and_what_takes_its_place(
    action: VerdictAction, lacks: dict[str, bool], done: list[tuple[str, str, Act]]
) -> None:
    assert measures(action, **lacks) == done


def test_in_private_nobody_is_removed() -> None:
    assert measures(VerdictAction.REMOVE, PRIVATE) == [TO_OWNER]
    assert measures(VerdictAction.REMIND, PRIVATE) == [TO_ALICE]


def test_a_rehearsal_acts_on_nobody_and_lets_the_message_go_on() -> None:
    found = take_measures(verdict(VerdictAction.REMOVE), MESSAGE, Capabilities(), [OWNER], dry_run=True)
    assert not found.stops
    assert [row.text for row in found.outgoing] == [
        "「Python学习群」的小明：像是广告（规则 ad）。演练：本来会移出群聊。"
    ]


def test_the_severest_verdict_counts_then_the_surest() -> None:
    weak, strong = verdict(VerdictAction.WARN, 0.5), verdict(VerdictAction.WARN, 0.9)
    remind = verdict(VerdictAction.REMIND)
    assert severest([None, remind, weak, strong]) is strong
    assert severest([None, verdict(VerdictAction.ALLOW)]) is None


def test_a_guard_that_has_done_what_it_decided_is_only_recorded() -> None:
    done = Verdict(action=VerdictAction.REMOVE, rule="ad", reason="像是广告", is_done=True, is_rehearsed=False)
    found = take_measures(done, MESSAGE, Capabilities(), [OWNER], dry_run=False)
    assert (found.outgoing, found.stops, found.decision["action"]) == ([], True, "remove")


@pytest.mark.parametrize("stops", [True, False])
def test_such_a_guard_says_itself_what_stops(stops: bool) -> None:
    done = Verdict(action=VerdictAction.REPORT, rule="ad", is_done=True, stops=stops)
    assert take_measures(done, MESSAGE, Capabilities(), [OWNER], dry_run=False).stops is stops


@pytest.mark.parametrize(("configured", "rehearsed"), [(True, False), (False, True)])
def test_such_a_guard_says_itself_whether_it_rehearsed(configured: bool, rehearsed: bool) -> None:
    done = Verdict(action=VerdictAction.REMOVE, rule="ad", is_done=True, is_rehearsed=rehearsed)
    found = take_measures(done, MESSAGE, Capabilities(), [OWNER], dry_run=configured)
    assert (found.outgoing, found.decision["dry_run"]) == ([], rehearsed)


def test_notes_of_all_guards_are_kept_whatever_they_decided() -> None:
    allowing = Verdict(action=VerdictAction.ALLOW, notes={"ad": 0.03})
    acting = Verdict(action=VerdictAction.WARN, rule="ad", notes={"case": 7})
    assert collect_notes([allowing, None, acting]) == {"ad": 0.03, "case": 7}
    assert severest([allowing, None, acting]) is acting
