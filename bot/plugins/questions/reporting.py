"""报告, 复核: how the knowledge does, for the owner."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from bot.plugin import Context, Database, Findings, Reply, Row, UserError
from bot.plugins.qa.api import (
    TOPIC_SCOPE,
    Post,
    Source,
    SourceNumber,
    count_votes,
    list_posts,
    post_by_number,
    remove_post,
)
from bot.plugins.questions import report_texts as texts
from bot.plugins.questions.asked_store import asked_since, counts_since, first_day, uses_since
from bot.plugins.questions.model import OpenQuestion
from bot.plugins.questions.reviews_store import note_review, reviews
from bot.plugins.questions.rules import covers, gather_alike, needed_cosine
from bot.plugins.questions.settings import QuestionsSettings
from bot.plugins.questions.store import all_open, open_questions

EXPIRED = "过期"
_WEEK, _MONTH = timedelta(days=7), timedelta(days=30)
_SHOWN = 3  # of each kind
_LISTED = 8  # posts to look at again
_MOST_COMPARED = 300  # questions of a week that are put together
_MOST_OPEN = 1000
_BATCH = 16  # questions encoded at a time
_LEAST_ASKED = 2  # from how often a question is one that many ask


@dataclass(frozen=True, slots=True)
class Facts:
    """What a report says.

    Attributes:
        room: the room's name; empty for all of them.
        counts: outcome → how often this week.
        asked: what was asked most, with how often.
        open: the oldest open questions.
        total_open: how many are open.
        useful: number, title and how often it was the answer, of the most used posts.
        unused: number and title of posts that never were, the oldest first.
        total_unused: how many there are.
        stale: how many posts should be looked at again.
    """

    room: str
    counts: Mapping[str, int]
    asked: Sequence[tuple[str, int]]
    open: Sequence[OpenQuestion]
    total_open: int
    useful: Sequence[tuple[int, str, int]]
    unused: Sequence[tuple[int, str]]
    total_unused: int
    stale: int


@dataclass(frozen=True, slots=True)
class Stale:
    """A post to look at again.

    Attributes:
        number, title: of the post.
        why: in Chinese.
    """

    number: int
    title: str
    why: str


async def report(ctx: Context[QuestionsSettings]) -> Reply:
    """Return this week's report: of this room, or in private of all rooms."""
    room_id = ctx.room.id if ctx.room else None
    since = ctx.now - _WEEK
    rows: list[Row] = await ctx.read(asked_since, room_id, since)
    asked = await _most_asked(ctx, rows[:_MOST_COMPARED])
    facts: Facts = await ctx.read(_gather, ctx, asked)
    return Reply(text=texts.report_text(facts), private=True)


async def review(ctx: Context[QuestionsSettings]) -> Reply:
    """Return the posts to look at again."""
    stale: list[Stale] = await ctx.read(_find_stale, ctx)
    return Reply(text=texts.stale_text(stale[:_LISTED], len(stale), ctx.config.review_months), private=True)


async def settle(ctx: Context[QuestionsSettings], which: SourceNumber, verdict: str) -> str:
    """Note that a post still holds, or take it down.

    Raises:
        UserError: there is no such post.
    """
    post: dict[str, Any] = await ctx.db(_settle, ctx, which.value, verdict)
    shown = f"#{which.value}《{post['title']}》"
    if verdict != EXPIRED:
        return f"{shown}记为有效，{ctx.config.review_months} 个月内不再提醒。"
    if post["is_file"]:
        return f"{shown}记为过期。它来自知识目录，请在文件里修改或删除，改好后会自动重读。"
    return f"{shown}已过期，撤下了，不再用来回答。"


async def _most_asked(ctx: Context[Any], rows: Sequence[Row]) -> list[tuple[str, int]]:
    """Return what was asked most often, alike questions as one."""
    if not rows:
        return []
    questions: list[str] = [row["text"] for row in rows]
    search = ctx.part("search")
    scale: Findings = await search.find(ctx.services.community, questions[0], rooms=(), access=(), limit=1)
    needed = needed_cosine(scale.answer_threshold, scale.related_threshold, is_semantic=scale.semantic)
    vectors = await _embed(search, questions) if needed < 1 else []
    groups = gather_alike(questions, (lambda a, b: float(vectors[a] @ vectors[b])) if vectors else None, needed)
    shown = [group for group in groups[:_SHOWN] if len(group) >= _LEAST_ASKED]
    return [(_name_of([rows[at] for at in group]), len(group)) for group in shown]


def _name_of(rows: Sequence[Row]) -> str:
    """Return a question somebody really typed; what was only ever asked in going on with another, with that one."""
    typed = (row["text"] for row in rows if not row["shown"])
    return str(next(typed, rows[0]["shown"]))


async def _embed(search: Any, questions: Sequence[str]) -> list[Any]:  # noqa: ANN401 - a part of the core
    """Return a vector for each question, few at a time: somebody may be asking; none while there is no encoder."""
    vectors: list[Any] = []
    for start in range(0, len(questions), _BATCH):
        found = await search.embed(questions[start : start + _BATCH])
        if found is None:
            return []
        vectors += list(found)
    return vectors


def _gather(db: Database, ctx: Context[QuestionsSettings], asked: Sequence[tuple[str, int]]) -> Facts:
    room = ctx.room
    today: date = ctx.now.astimezone(ctx.zone).date()
    open_now = open_questions(db, room.id, _MOST_OPEN) if room else all_open(db, _MOST_OPEN)[::-1]
    posts = _posts_of(db, ctx)
    uses = uses_since(db, today - _WEEK)
    used_ever = uses_since(db, date.min)
    counted_since = first_day(db) or today
    unused = [row for row in posts if row["id"] not in used_ever and today - _from(row, counted_since) > _MONTH]
    return Facts(
        room=room.topic if room else "",
        counts=counts_since(db, room.id if room else None, today - _WEEK),
        asked=asked,
        open=open_now[:_SHOWN],
        total_open=len(open_now),
        useful=_most_used(posts, uses),
        unused=[(row["number"], row["title"]) for row in unused[:_SHOWN]],
        total_unused=len(unused),
        stale=len(_find_stale(db, ctx)),
    )


def _most_used(posts: Sequence[Row], uses: Mapping[str, int]) -> list[tuple[int, str, int]]:
    used = sorted((row for row in posts if row["id"] in uses), key=lambda row: (-uses[row["id"]], row["number"]))
    return [(row["number"], row["title"], uses[row["id"]]) for row in used[:_SHOWN]]


def _find_stale(db: Database, ctx: Context[QuestionsSettings]) -> list[Stale]:
    """Return the posts to look at again, those that members found useless first."""
    reviewed, settings = reviews(db), ctx.config
    term = timedelta(days=30 * settings.review_months)
    found: list[tuple[int, Stale]] = []
    for row in _posts_of(db, ctx):
        verdict, at = reviewed.get(row["id"], ("", None))
        if at is not None and (verdict == EXPIRED or ctx.now - at <= term):
            continue
        votes = count_votes(db, row["id"])
        is_old = _age(row, ctx.now) > term
        if votes.useless > votes.useful:
            found.append((-votes.useless, Stale(row["number"], row["title"], f"{votes.useless} 人说没用")))
        elif is_old and (topic := _fast_topic(row, settings.fast_topics)):
            found.append((0, Stale(row["number"], row["title"], f"{_month_of(row)}写的，「{topic}」变得快")))
    return [one for _, one in sorted(found, key=lambda pair: (pair[0], pair[1].number))]


def _fast_topic(row: Row, topics: Collection[str]) -> str:
    places = " ".join([row["title"], *json.loads(row["tags"])])
    return next((topic for topic in topics if covers(topic, places)), "")


def _posts_of(db: Database, ctx: Context[Any]) -> list[Row]:
    """Return the posts that are shown in this room, or in private all of them."""
    if ctx.room is None:
        return list_posts(db)
    scopes = {"", ctx.room.id, TOPIC_SCOPE + ctx.room.topic}
    return [row for row in list_posts(db) if row["room"] in scopes]


def _written_at(row: Row) -> str:
    return str(row["date"] or row["created_at"])[:10]


def _from(row: Row, counted_since: date) -> date:
    """Return since when it would be on record that a post was an answer: nothing is known of the time before."""
    return max(counted_since, date.fromisoformat(_written_at(row)), date.fromisoformat(row["created_at"][:10]))


def _month_of(row: Row) -> str:
    day = date.fromisoformat(_written_at(row))
    return f"{day.year}年{day.month}月"


def _age(row: Row, now: datetime) -> timedelta:
    return now.date() - date.fromisoformat(_written_at(row))


def _settle(db: Database, ctx: Context[QuestionsSettings], number: int, verdict: str) -> dict[str, Any]:
    post: Post | None = post_by_number(db, number)
    scopes = {"", ctx.room.id, TOPIC_SCOPE + ctx.room.topic} if ctx.room else None
    if post is None or (scopes is not None and post.room not in scopes):
        raise UserError(f"没有找到 #{number}，发送「复核」看看有哪些。")
    note_review(db, post.id, ctx.talker.id, verdict, ctx.now)
    is_file = post.source is Source.KNOWLEDGE
    if verdict == EXPIRED and not is_file:
        remove_post(db, post.id, ctx.now)
    return {"title": post.title, "is_file": is_file}
