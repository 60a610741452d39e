"""What handlers return, as outbox rows."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gateway import Capabilities
from bot.model import Act, FileContent, Member, Message, Room
from bot.plugin import Choice, Reply
from bot.replies import as_reply, to_announcement, to_outgoing

ROOM, ALICE, BOB = Room("r1", "Python学习群"), Member("p1", "小明"), Member("p2", "小红")
IMAGE = FileContent("a.png", b"x")


def message(**more: Any) -> Message:
    facts = {"id": "m1", "at": datetime(2026, 12, 1, tzinfo=UTC), "talker": ALICE, "room": ROOM, "text": "", "raw": ""}
    return Message(**(facts | more))


def test_choices_become_numbered_lines() -> None:
    reply = Reply(text="选一个：", choices=(Choice("甲", "报名 a"), Choice("乙", "报名 b")))
    [row] = to_outgoing([reply], message(), Capabilities())
    assert row.text == "选一个：\n1. 甲\n2. 乙"


def test_what_has_a_number_keeps_it_in_a_list() -> None:
    reply = Reply(text="选一个：", choices=(Choice("甲", "审核 12", number=12), Choice("乙", "审核 7", number=7)))
    [row] = to_outgoing([reply], message(), Capabilities())
    assert row.text == "选一个：\n12. 甲\n7. 乙"


def test_the_asker_is_rung_only_when_the_bot_was_addressed() -> None:
    rung = to_outgoing([Reply(text="好")], message(mentions_bot=True), Capabilities())
    bare = to_outgoing([Reply(text="好")], message(), Capabilities())
    assert [rung[0].mentions, bare[0].mentions] == [("p1",), ()]


def test_the_asker_and_others_are_rung_once() -> None:
    reply = Reply(text="好", mentions=(ALICE, BOB))
    [row] = to_outgoing([reply], message(mentions_bot=True), Capabilities())
    assert row.mentions == ("p1", "p2")


def test_two_private_answers_leave_one_note() -> None:
    rows = to_outgoing([Reply(text="一", private=True), Reply(text="二", private=True)], message(), Capabilities())
    assert [(row.room_id, row.member_id, row.text) for row in rows] == [
        ("", "p1", "一"),
        ("r1", "", "小明，已私聊回复您。"),
        ("", "p1", "二"),
    ]


def test_in_a_private_chat_nothing_is_noted() -> None:
    [row] = to_outgoing([Reply(text="一", private=True)], message(room=None, mentions_bot=True), Capabilities())
    assert (row.member_id, row.text, row.mentions) == ("p1", "一", ())


def test_a_file_follows_its_text_and_an_image_is_told_from_other_files() -> None:
    replies = [Reply(text="看", file=IMAGE), Reply(file=FileContent("a.pdf", b"x"))]
    rows = to_outgoing(replies, message(), Capabilities())
    assert [row.act for row in rows] == [Act.TEXT, Act.IMAGE, Act.FILE]


def test_a_gateway_without_files_says_so() -> None:
    [row] = to_outgoing([Reply(text="看", file=IMAGE)], message(), Capabilities(can_send_files=False))
    assert row.text == "看（当前通道发不了文件「a.png」。）"


@given(st.lists(st.builds(Reply, text=st.text(min_size=1), private=st.booleans()), max_size=6))
def test_the_same_answers_get_the_same_keys_and_each_its_own(replies: list[Reply]) -> None:
    first = [row.dedupe_key for row in to_outgoing(replies, message(), Capabilities())]
    again = [row.dedupe_key for row in to_outgoing(replies, message(), Capabilities())]
    assert first == again
    assert len(set(first)) == len(first)


@pytest.mark.parametrize(("result", "said"), [("好", Reply(text="好")), ("", None), (None, None), (Reply(), None)])
def test_nothing_to_say_is_no_reply(result: Any, said: Reply | None) -> None:
    assert as_reply(result) == said


def test_an_announcement_without_a_place_goes_to_the_member_or_nowhere() -> None:
    reply = Reply(text="好")
    assert [row.member_id for row in to_announcement(reply, None, ALICE, "e1", Capabilities())] == ["p1"]
    assert to_announcement(reply, None, None, "e1", Capabilities()) == []
