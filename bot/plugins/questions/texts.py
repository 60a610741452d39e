"""What members read about questions that wait, about their answers, and every week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.plugin import Choice, Member
from bot.plugins.qa.api import short_date
from bot.plugins.questions.model import GivenAnswer, OpenQuestion, State

_LINE, _QUESTION = 50, 120  # characters of a question in a list, and where it stands alone
_ANSWER = 600  # characters of an answer that the asker is told: half a message
NOTHING_OPEN = "这里没有等待回答的问题。"
_STATES = {State.ANSWERED: "，已有回答", State.SOLVED: "，已解决", State.WITHDRAWN: "，已撤回"}


def kept_lines(number: int, first: str, answers: int, expert: Member | None, *, is_private: bool) -> list[str]:
    """Return what the asker reads below 「已记下（Q17）」.

    Args:
        number: of the question.
        first: who asked the same before; empty when nobody did.
        answers: how many answers there are.
        expert: who may know.
        is_private: it was asked in a private chat, which nobody else reads.
    """
    lines = [f"{first} 也问过，有答案一起告诉您。"] if first else []
    if answers:
        lines.append(f"已经有 {answers} 个回答，发送「待答 Q{number}」看。")
    if is_private:
        return [*lines, "有答案了我会私聊您。想请大家一起想，在群里 @我 再问一次。"]
    if expert:
        lines.append(f"最懂这块的是 @{expert.name}。")
    return [*lines, f"知道的朋友发送「答 Q{number} 答案」，我来转告。"]


def open_head(total: int, shown: int) -> str:
    """Return what stands above the numbered questions."""
    more = f"（最早的 {shown} 个）" if total > shown else ""
    return f"还没有答案的问题有 {total} 个{more}，回复数字看详情："


def open_choices(questions: Sequence[OpenQuestion], now: datetime, zone: ZoneInfo) -> tuple[Choice, ...]:
    """Return a numbered line for each question."""
    return tuple(Choice(text=_open_line(one, now, zone), command=f"待答 Q{one.number}") for one in questions)


def _open_line(question: OpenQuestion, now: datetime, zone: ZoneInfo) -> str:
    others = f"等 {question.askers} 人" if question.askers > 1 else ""
    return (
        f"Q{question.number} {shorten(question.text, _LINE)}"
        f"（{question.name}{others} {day_of(question.asked_at, now, zone)}）"
    )


def question_text(question: OpenQuestion, answers: Sequence[GivenAnswer], now: datetime, zone: ZoneInfo) -> str:
    """Return one question with its answers so far."""
    others = f"等 {question.askers} 人" if question.askers > 1 else ""
    asked = f"{question.name}{others} {day_of(question.asked_at, now, zone)}{_STATES.get(question.state, '')}"
    lines = [f"Q{question.number} {question.text}", asked]
    for one in answers:
        lines += ["", f"{one.name} {day_of(one.answered_at, now, zone)}：{one.text}"]
    if question.state is State.WITHDRAWN:
        return "\n".join(lines)
    more = "补充" if answers else "回答"
    return "\n".join([*lines, "", f"发送「答 Q{question.number} 答案」来{more}。"])


def told_text(question: OpenQuestion, answerer: str, answer: str, post: int, note: str = "") -> str:
    """Return what the askers are told when somebody answered.

    Args:
        question: the question.
        answerer: who answered.
        answer: what.
        post: number of the post it became; 0 when it became none.
        note: what else is said of it, such as why it became none.
    """
    body = cut(answer, _ANSWER)
    where = f"待答 Q{question.number}" if not post else f"来源 #{post}"
    more = f"\n……全文发送「{where}」。" if body != answer.strip() else ""
    kept = f"已收进知识库（#{post}），回「有用」或「没用」告诉大家。{note}" if post else note
    lines = [
        f"您问的 Q{question.number}「{shorten(question.text, _LINE)}」，{answerer} 回答了：",
        f"{body}{more}",
        *([kept] if kept else []),
        f"解决了就发「已解决 Q{question.number}」。",
    ]
    return "\n".join(lines)


def thanks_text(names: Sequence[str], number: int, post: int, note: str = "") -> str:
    """Return what the answerer reads when the askers are told elsewhere.

    Args:
        names: who is told; empty when it was the answerer's own question.
        number: of the question.
        post: number of the post it became; 0 when it became none.
        note: what else is said of it.
    """
    told = f"已转告{'、'.join(names)}" if names else f"Q{number} 已解决"
    kept = f"，并收进知识库（#{post}）" if post else ""
    return f"谢谢您，{told}{kept}。{note}"


def found_text(question: OpenQuestion, title: str, post: int, author: str) -> str:
    """Return what the askers are told when a later post answers."""
    by = f"，{author} 写的" if author else ""
    return (
        f"您之前问的 Q{question.number} 现在有答案了：《{title}》#{post}{by}。\n"
        f"您问的是「{shorten(question.text, _QUESTION)}」。\n"
        f"发送「来源 #{post}」看全文；解决了就发「已解决 Q{question.number}」。"
    )


def weekly_text(questions: Sequence[OpenQuestion], total: int, thanked: Sequence[tuple[str, int]]) -> str:
    """Return the weekly line: the oldest questions, and who answered most."""
    lines = [f"本周还有 {total} 个问题没人回答，最早的是："]
    lines += [f"Q{one.number} {shorten(one.text, _LINE)}（{one.name}）" for one in questions]
    lines.append(f"知道的朋友发送「答 Q{questions[0].number} 答案」就行，我会转告。")
    if thanked:
        names = "、".join(f"{name}（{count} 次）" for name, count in thanked)
        lines.append(f"谢谢这周热心回答的 {names}。")
    return "\n".join(lines)


def day_of(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return 「3月2日」, with the year when it is another one."""
    today: date = now.astimezone(zone).date()
    return short_date(at.astimezone(zone).date().isoformat(), today)


def shorten(text: str, most: int) -> str:
    """Return a text as one line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def cut(text: str, most: int) -> str:
    """Return the beginning of a text, its lines kept, cut at the end of a sentence or line if there is one."""
    text = text.strip()
    if len(text) <= most:
        return text
    end = max(text.rfind(sign, 0, most) for sign in "\n。！？")
    return text[: end + 1 if end > most // 2 else most].rstrip()


def pair_line(asked: str, answered: str) -> str:
    """Return a question and its answer as two short lines."""
    return f"问：{shorten(asked, _LINE)}\n   答：{shorten(answered, 2 * _LINE)}"


def pairs_text(topic: str, pairs: Sequence[tuple[int, str, str]]) -> str:
    """Return what the owner reads of what was noticed in a week: number, question, answer."""
    lines = [f"本周「{topic}」有 {len(pairs)} 组问答值得收录："]
    lines += [f"{number}. {pair_line(asked, answered)}" for number, asked, answered in pairs]
    return "\n".join([*lines, "发送「候选」逐条选；收录之前会先征得回答的人同意。"])
