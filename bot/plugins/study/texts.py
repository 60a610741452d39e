"""What members read of wishes and check-ins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.plugin import Choice
from bot.plugins.study.day_rules import Standing, calendar_of
from bot.plugins.study.model import Wish

HOW_TO_WISH = "请写上题目，比如「想听 K8s 入门」。"
NO_LINK = "题目写几个字就好，不要带链接，比如「想听 K8s 入门」。"
TOO_LONG = "题目写短一点，最多 {most} 个字，比如「想听 K8s 入门」。"
TOO_MANY = "您已经想听 {most} 个题目了，先发「不想听」去掉一个再加。"
NO_WISHES = "还没有人说想听什么。发「想听 题目」说说您的，比如「想听 K8s 入门」。"
NOT_WISHED = "您没有说过想听这个，发「想听榜」看看有哪些。"
NO_SUCH_PLACE = "想听榜里没有第 {place} 个，发「想听榜」看看有哪些。"
NOTHING_WISHED = "您还没有说过想听什么，发「想听 题目」就行，比如「想听 K8s 入门」。"
NO_ROOM = "请先加入一个我所在的群，再发这一条。"
WHICH_ROOM = "您在好几个群里，请到要算的那个群里发「{typed}」。"
NO_RANKING = "本周还没有人打卡，发「打卡」开个头。"
HIDDEN = "好的，打卡榜上不再有您，打卡照常记。想回来发「打卡 现身」。"
HIDDEN_BEFORE = "您已经不在打卡榜上了，打卡照常记。想回来发「打卡 现身」。"
SHOWN = "好的，打卡榜上又有您了。"
SHOWN_BEFORE = "您本来就在打卡榜上，不想上榜发「打卡 隐身」。"
_MOST_NAMES = 10  # of one place
_CONGRATULATIONS = {
    7: "坚持一周了，恭喜！",
    30: "坚持一个月了，恭喜！",
    100: "一百天，了不起！",
    365: "整整一年，佩服！",
}


def wished_text(topic: str, others: int) -> str:
    """Return the answer to a wish.

    Args:
        topic: as the first one typed it.
        others: how many wished it before.
    """
    if not others:
        return f"记下了，您是第一个想听「{topic}」的。开课时我私聊告诉您。"
    return f"已有 {others} 人想听「{topic}」，算您一个。"


def wished_before_text(topic: str, count: int) -> str:
    """Return the answer to a wish that was known."""
    alone = "还只有您一个" if count == 1 else f"现在共 {count} 人"
    return f"您说过想听「{topic}」了，{alone}。"


def scheduled_text(title: str, when: str, typed: str) -> str:
    """Return the answer to a wish that a coming training session meets already."""
    return f"这个已经排了课：《{title}》{when}，发「报名 {typed}」就行。"


def met_text(topic: str, title: str, when: str, typed: str) -> str:
    """Return what those who wished something read when it is offered."""
    return f"您想听的「{topic}」开课了：《{title}》{when}。想来就发「报名 {typed}」。"


def unwished_text(topics: Sequence[str]) -> str:
    """Return the answer to a wish taken back."""
    return f"好的，去掉了{''.join(f'「{topic}」' for topic in topics)}。"


def list_head(total: int, shown: int) -> str:
    """Return the line above the wishes."""
    if total > shown:
        return f"大家想听的 {total} 个题目，前 {shown} 个在这里。也想听就回复数字："
    return "大家想听的，也想听就回复数字："


def wish_choices(wishes: Sequence[Wish]) -> tuple[Choice, ...]:
    """Return the wishes as numbered lines."""
    return tuple(Choice(f"{wish.topic}（{len(wish.wishers)} 人）", f"想听 {wish.topic}") for wish in wishes)


def own_choices(wishes: Sequence[Wish]) -> tuple[Choice, ...]:
    """Return a member's own wishes as numbered lines that take them back."""
    return tuple(Choice(wish.topic, f"不想听 {wish.topic}") for wish in wishes)


def rooms_text(rooms: Sequence[tuple[str, Sequence[Wish]]]) -> str:
    """Return the wishes of several rooms."""
    lines: list[str] = []
    for topic, wishes in rooms:
        lines.append(f"「{topic}」想听的：")
        lines += [f"· {wish.topic}（{len(wish.wishers)} 人）" for wish in wishes]
    return "\n".join(lines)


def checked_in_text(name: str, streak: int, milestone: int) -> str:
    """Return the answer to a check-in.

    Args:
        name: who.
        streak: how many days in a row.
        milestone: reached just now for the first time; 0 for none.
    """
    told = f"{name} 打卡成功，连续 {streak} 天" if streak > 1 else f"{name} 打卡成功"
    return f"{told}，{_CONGRATULATIONS[milestone]}" if milestone else f"{told}。"


def again_text(streak: int, *, is_noted: bool, is_night: int) -> str:
    """Return the answer to a second check-in of a day.

    Args:
        streak: how many days in a row.
        is_noted: whether the note was kept.
        is_night: the hour the day begins, when it is before that; else 0.
    """
    kept = "补上了这句。" if is_noted else ""
    when = f"凌晨 {is_night} 点以后再来" if is_night else "明天再来"
    day = "昨天的卡已经打过了" if is_night else "今天已经打过卡了"
    return f"{kept}{day}，连续 {streak} 天，{when}。" if streak > 1 else f"{kept}{day}，{when}。"


def ranking_text(standings: Sequence[Standing], most: int) -> str:
    """Return the places of this week."""
    people = sum(len(one.names) for one in standings)
    lines = [f"本周 {people} 人打过卡："]
    lines += [f"第 {one.place} 名（{one.days} 天）：{_names(one.names)}" for one in standings[:most]]
    return "\n".join(lines)


def own_place_text(standings: Sequence[Standing], member_id: str, most: int) -> str:
    """Return where somebody stands who is not among the first; empty when they are, or are not in the ranking."""
    return next((f"您 {one.days} 天，第 {one.place} 名。" for one in standings[most:] if member_id in one.ids), "")


def weekly_text(standings: Sequence[Standing], most: int) -> str:
    """Return the weekly ranking."""
    return f"{ranking_text(standings, most)}\n下周接着来，发「打卡」就行；不想上榜发「打卡 隐身」。"


def own_text(days: Sequence[date], today: date, streaks: Mapping[str, int], *, is_hidden: bool) -> str:
    """Return a member's own check-ins of this month.

    Args:
        days: all of theirs.
        today: the day it counts for now.
        streaks: `now` and `longest`.
        is_hidden: whether they stay out of the ranking.
    """
    if not days:
        return "您还没有打过卡，发「打卡」就开始了。"
    month = sum((day.year, day.month) == (today.year, today.month) for day in days)
    hidden = "\n您不在打卡榜上，发「打卡 现身」回来。" if is_hidden else ""
    rows = f"连续 {streaks['now']} 天，最长 {streaks['longest']} 天"
    head = f"{today.month} 月打卡 {month} 天，{rows}，一共 {len(days)} 天。"
    return "\n".join([head, *calendar_of(days, today)]) + hidden


def _names(names: Sequence[str]) -> str:
    more = f" 等 {len(names)} 人" if len(names) > _MOST_NAMES else ""
    return "、".join(names[:_MOST_NAMES]) + more
