"""答, 已解决, 撤回提问: an answer reaches who asked and becomes a post, in one transaction."""

from __future__ import annotations

import re
from typing import Any

from bot.plugin import CHAT, TAKEN, Context, Database, Reply, Role, UserError, rooms_of
from bot.plugins.questions import texts
from bot.plugins.questions.desk import asker_of
from bot.plugins.questions.model import (
    OpenQuestion,
    QuestionNumber,
    State,
    find_question_number,
    read_answer,
    read_plain_answer,
    split_number,
)
from bot.plugins.questions.settings import QuestionsSettings
from bot.plugins.questions.store import (
    add_answer,
    close_question,
    has_answered,
    key_of,
    last_of_member,
    leave_question,
    open_questions,
    question_by_number,
    waiting_for,
)
from bot.plugins.questions.taking import take_in
from bot.plugins.questions.telling import News, tell

_USAGE = "请带上编号和答案，比如「答 Q17 用 SLOWLOG 找慢命令」；也可以引用我说的「已记下（Q17）」，直接写「答 …」。"
_KNOWS_NOT = re.compile(
    r"(?:我?也?(?:不知道|不清楚|不懂|不会|没用过|没遇到过?)|同问|蹲|顶|\+1|[\W_]+)[啊呀哦呢了吧。!~ ]*"
)
_QUOTABLE = 200  # open questions of a room that a quoted message is compared with


async def answer(ctx: Context[QuestionsSettings], number: QuestionNumber | None, text: str) -> Reply | str | None:
    """Take an answer in.

    Raises:
        UserError: which question it answers is not said, or that takes no answers.
    """
    if number is None:
        number, text = split_number(text)
    which = number.value if number else await _find_quoted(ctx)
    if number and not text.strip():
        raise UserError(f"请把答案写在后面，比如「答 Q{which} 先看日志里报了什么」。")
    if which and _KNOWS_NOT.fullmatch(text.strip()):
        raise UserError("没关系，等知道答案的朋友来答，谢谢您。")
    if not which:
        if not _is_surely_meant(ctx):
            return CHAT  # 「答 …」 among people
        raise UserError(_USAGE)
    done: dict[str, Any] = await ctx.db(_answer, ctx, which, text.strip())
    return done["reply"] or None


async def hear(ctx: Context[QuestionsSettings]) -> Reply | str | None:
    """Take an answer that no command took: 「答Q17：…」, or 「答 …」 to a quoted question."""
    if not _may_take(ctx):
        return None
    found = read_answer(ctx.text)
    if found is None and ctx.message is not None and ctx.message.quote is not None:
        plain = read_plain_answer(ctx.text)
        number = find_question_number(ctx.message.quote.text)
        found = (number, plain) if plain and number else None
    return (await answer(ctx, *found) or TAKEN) if found else None


async def solve(ctx: Context[QuestionsSettings], number: QuestionNumber | None) -> str:
    """Close a question that is solved.

    Raises:
        UserError: there is none, or it is not theirs.
    """
    solved: int = await ctx.db(_solve, ctx, number.value if number else 0)
    return f"太好了，Q{solved} 已标记为解决。"


async def withdraw(ctx: Context[QuestionsSettings], number: QuestionNumber | None) -> str:
    """Take a question back.

    Raises:
        UserError: there is none, or it is not theirs.
    """
    done: dict[str, Any] = await ctx.db(_withdraw, ctx, number.value if number else 0)
    left = "" if done["is_withdrawn"] else "，其他人还在等答案"
    return f"已撤回提问 Q{done['number']}{left}。"


async def _find_quoted(ctx: Context[QuestionsSettings]) -> int:
    """Return the number in what is quoted, or of the question that is quoted; 0 when it is neither."""
    quote = ctx.message.quote if ctx.message else None
    if quote is None:
        return 0
    if found := find_question_number(quote.text):
        return found.value
    if ctx.room is None:
        return 0
    quoted = key_of(quote.text)
    candidates: list[OpenQuestion] = await ctx.read(open_questions, ctx.room.id, _QUOTABLE)
    return next((one.number for one in candidates if quoted.endswith(key_of(one.text))), 0)


def _may_take(ctx: Context[Any]) -> bool:
    """Return whether an answer that is no command may be meant: some rooms want the bot to be called or quoted."""
    message, room = ctx.message, ctx.room
    if message is None or room is None or message.mentions_bot:
        return message is not None
    is_quoted = message.quote is not None and find_question_number(message.quote.text) is not None
    return is_quoted or ctx.part("config").room(room.topic).triggers != "mention"


def _is_surely_meant(ctx: Context[QuestionsSettings]) -> bool:
    message = ctx.message
    return message is not None and (message.mentions_bot or message.text.startswith("/"))


# Each of these is one step: what a member is told and what is on record come together or not at all, also when the
# process dies in between.


def _answer(db: Database, ctx: Context[QuestionsSettings], number: int, text: str) -> dict[str, Any]:
    question = _get(db, ctx, number)
    answerer = asker_of(ctx)
    if question.state is State.WITHDRAWN:
        raise UserError(f"Q{number} 已经撤回了，不用再回答，谢谢您。")
    taken = take_in(db, ctx, question, text)
    if taken.is_held:
        return {"reply": taken.note}
    if has_answered(db, number, answerer.member_id, taken.text):
        raise UserError(f"您的这个回答已经记在 Q{number} 下了，谢谢您。")
    waiting = [one for one in waiting_for(db, number) if one.member_id != answerer.member_id]
    is_solved = question.member_id == answerer.member_id or question.state is State.SOLVED
    add_answer(db, number, answerer, taken.text, post_id=taken.post_id, now=ctx.now)
    close_question(db, number, State.SOLVED if is_solved else State.ANSWERED, ctx.now)
    told = texts.told_text(question, answerer.name, taken.text, taken.number, taken.note)
    promises = tell(db, ctx, waiting, News(question, told, taken.post_id, f"{ctx.cause}/questions"))
    if ctx.room is not None and any(promise.room_id == ctx.room.id for promise in promises):
        return {"reply": ""}
    return {"reply": texts.thanks_text([one.name for one in waiting], number, taken.number, taken.note)}


def _solve(db: Database, ctx: Context[QuestionsSettings], number: int) -> int:
    question = _get_own(db, ctx, number, {State.OPEN, State.ANSWERED}, "已解决")
    if question.state is State.WITHDRAWN:
        raise UserError(f"Q{question.number} 已经撤回了。")
    close_question(db, question.number, State.SOLVED, ctx.now)
    return question.number


def _withdraw(db: Database, ctx: Context[QuestionsSettings], number: int) -> dict[str, Any]:
    question = _get_own(db, ctx, number, {State.OPEN}, "撤回提问")
    if question.state is not State.OPEN:
        raise UserError(f"Q{question.number} 已经不在待答里了。")
    if any(one.member_id == ctx.talker.id for one in waiting_for(db, question.number)):
        is_withdrawn = leave_question(db, question.number, ctx.talker.id, ctx.now)
    else:
        close_question(db, question.number, State.WITHDRAWN, ctx.now)
        is_withdrawn = True
    return {"number": question.number, "is_withdrawn": is_withdrawn}


def _get_own(db: Database, ctx: Context[QuestionsSettings], number: int, states: set[State], word: str) -> OpenQuestion:
    """Return a question that the talker may close: one they asked, without a number the last; an admin any of here."""
    if not number:
        room_id = ctx.room.id if ctx.room else ""
        found = last_of_member(db, ctx.talker.id, room_id, states)
        if found is None:
            raise UserError(f"没有找到您还在等答案的提问，请带上编号，比如「{word} Q17」。")
        return found
    question = _get(db, ctx, number)
    is_asker = any(one.member_id == ctx.talker.id for one in waiting_for(db, number))
    if not is_asker and ctx.role < Role.ADMIN:
        raise UserError(f"Q{number} 不是您问的，请提问的人或管理员来操作。")
    return question


def _get(db: Database, ctx: Context[Any], number: int) -> OpenQuestion:
    """Return a question that may be named here."""
    question = question_by_number(db, number)
    if question is None or not may_name(db, ctx, question):
        raise UserError(f"没有找到 Q{number}，发送「待答」看看有哪些问题。")
    return question


def may_name(db: Database, ctx: Context[Any], question: OpenQuestion) -> bool:
    """Return whether a question may be shown here: in its room, to who is in it, who asked it, and the owner."""
    if ctx.room is not None:
        return question.room_id == ctx.room.id
    if ctx.role >= Role.ADMIN or any(one.member_id == ctx.talker.id for one in waiting_for(db, question.number)):
        return True
    return any(room.id == question.room_id for room in rooms_of(db, ctx.talker.id))
