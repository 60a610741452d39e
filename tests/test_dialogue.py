"""What the bot waits for, and the short answers to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import dialogue
from bot.clock import VirtualClock
from bot.dialogue import Dialogue, DialogueChange, DialogueKind, Dialogues
from bot.dialogue_answers import read_choice, read_consent
from bot.storage import Storage
from bot.text import normalise

NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)


def make_dialogue(minutes: float = 2, **data: object) -> Dialogue:
    until = NOW + timedelta(minutes=minutes)
    return Dialogue(kind=DialogueKind.CHOICE, plugin="sample", until=until, data=data)


async def test_open_dialogues_outlive_the_process_and_their_term_ends(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    storage = Storage.open(tmp_path / "a.db", clock, [dialogue.migrations])
    changes = [
        DialogueChange("r1", "m1", make_dialogue(2, commands=["来源 1", "来源 2"])),
        DialogueChange("", "m1", make_dialogue(10)),
        DialogueChange("r1", "m2", make_dialogue(2)),
    ]
    await storage.run("c", dialogue.apply, changes)
    await storage.run("c", dialogue.apply, [DialogueChange("r1", "m2", None)])
    await storage.close()
    storage = Storage.open(tmp_path / "a.db", clock, [dialogue.migrations])
    dialogues = Dialogues()
    await dialogues.load(storage, "c", clock.now())
    found = dialogues.active("r1", "m1", clock.now())
    assert found is not None
    assert found.data == {"commands": ["来源 1", "来源 2"]}
    assert dialogues.active("r2", "m1", clock.now()) is None
    assert dialogues.active("r1", "m2", clock.now()) is None
    await clock.advance(minutes=2)
    assert dialogues.active("r1", "m1", clock.now()) is None
    assert dialogues.active("", "m1", clock.now()) is not None
    assert len(await storage.read("c", dialogue.load, clock.now())) == 1
    assert await storage.run("c", dialogue.purge, clock.now() + timedelta(minutes=5)) == 1
    assert await storage.run("c", dialogue.erase, "m1") == 1
    await storage.close()


def test_what_was_stored_is_remembered_and_closed() -> None:
    dialogues = Dialogues()
    dialogues.remember([DialogueChange("r", "m", make_dialogue())])
    assert dialogues.active("r", "m", NOW) is not None
    dialogues.remember([DialogueChange("r", "m", None), DialogueChange("r", "other", None)])
    assert dialogues.active("r", "m", NOW) is None


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("3", 3), ("３", 3), ("③", 3), ("第3个", 3), ("3。", 3), ("3.", 3), ("第三个", 3), ("选 2", 2),
        ("2号", 2), ("十", 10),
        ("12", 12), ("3个人", None), ("3.5", None), ("3 4", None), ("1000", None),
        ("两三个", None), ("", None), ("第", None),
        ("33 度", None), ("我选3", None),
    ],
)  # fmt: skip
def test_a_bare_number_is_a_choice(raw: str, wanted: int | None) -> None:
    assert read_choice(normalise(raw)) == wanted


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("是", True), ("是的。", True), ("好", True), ("好的！", True), ("OK", True), ("確認", True), ("嗯", True),
        ("👍", True),
        ("否", False), ("不", False), ("不用了", False), ("取消", False), ("算了～", False), ("NO", False),
        ("是不是", None), ("好难", None), ("不会", None), ("取消 fastapi-101", None), ("", None), ("?", None),
    ],
)  # fmt: skip
def test_yes_and_no_are_told_from_chat(raw: str, wanted: bool | None) -> None:
    assert read_consent(normalise(raw)) is wanted


@given(st.text())
def test_any_text_is_an_answer_or_none(raw: str) -> None:
    assert read_choice(normalise(raw)) is None or read_consent(normalise(raw)) is None
