"""What members read: answers of at most five lines, sources, and the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.plugin import Hit, to_plain
from bot.plugins.qa.excerpt import Excerpt, make_excerpt
from bot.plugins.qa.model import COURSE, Post
from bot.plugins.qa.rules import Confidence

MOST_LINES = 5
NO_ANSWER = "知识库里还没有这个问题的答案。"
GLAD = "能帮上忙就好，有问题随时叫我。"
SORRY = "抱歉没帮上忙，把问题换个说法再问我一次试试。"
WANTS_KEPT = "抱歉没帮上忙。要不要记成待答？回复 1"
NOTHING_ANSWERED = "还没有回答过您的问题，先问我一个吧，比如「asyncio 怎么限制并发」。"
WHOLE_QUESTION = "您是接着哪个问题问的？请把问题写完整再问我一次，比如「Windows 上端口被占用怎么查」。"
WHICH_ONE = "您问的是哪一个？回复数字："
_MOST_IN_ROOM = 1500  # characters of a post shown to a whole group: three messages
_COMPARED = 40  # characters by which a passage is known as the beginning of its post
_LONGEST_TITLE = 80
_LONGEST_BEFORE = 24  # characters of a question that another goes on with
_FENCE = re.compile(r"^(?:`{3,}|~{3,})", re.MULTILINE)


def answer_text(
    hit: Hit, post: Post, confidence: Confidence, today: date, *, question: str = "", has_more: bool = False
) -> str:
    """Return an answer: its best sentences, how sure it is, its source; five lines at most.

    Args:
        hit: the best passage.
        post: the post it is from.
        confidence: how sure.
        today: a date of another year is shown with its year.
        question: as it was asked.
        has_more: there are other sources.
    """
    is_beginning = post.body.lstrip().startswith(hit.passage[:_COMPARED].strip())
    found = make_excerpt(
        hit.passage,
        hit.weights,
        title=post.title,
        lead="" if is_beginning else post.body,
        heading="" if is_beginning else hit.heading,
        question=question,
    )
    lines = [*(found.lines or (_shorten(post.title, _LONGEST_TITLE),))]
    lines.append(f"【把握：{confidence}】{citation(1, post, today)}")
    if len(lines) < MOST_LINES:
        lines += _footer(found, post, has_more=has_more)
    return "\n".join(lines)


def citation(place: int, post: Post, today: date) -> str:
    """Return `[1] 张三 3月2日 #57`."""
    parts = (f"[{place}]", post.author, short_date(post.date, today), f"#{post.number}")
    return " ".join(part for part in parts if part)


def short_date(iso: str, today: date) -> str:
    """Return 「3月2日」, with the year when it is another one; empty when there is no date."""
    if not iso:
        return ""
    day = date.fromisoformat(iso[:10])
    return f"{day.month}月{day.day}日" if day.year == today.year else f"{day.year}年{day.month}月{day.day}日"


def post_text(post: Post, today: date) -> str:
    """Return a whole post."""
    facts = " ".join(part for part in (post.author, short_date(post.date, today)) if part)
    tags = "标签：" + " ".join(post.tags) if post.tags else ""
    head = " · ".join(part for part in (facts, tags) if part)
    return "\n".join([f"《{post.title}》#{post.number}", *([head] if head else []), "", to_plain(post.body)])


def room_text(post: Post, today: date) -> str:
    """Return a whole post, or of a long one as much as a group will bear and where the rest is read."""
    text = post_text(post, today)
    if len(text) <= _MOST_IN_ROOM:
        return text
    cut = max(text.rfind(end, 0, _MOST_IN_ROOM) for end in "\n。！？")
    shown = text[: cut + 1 if cut > _MOST_IN_ROOM // 2 else _MOST_IN_ROOM].rstrip()
    return f"{shown}\n……\n后面还有 {len(text) - len(shown)} 字，私聊我发「来源 #{post.number}」看全文。"


def part_text(lines: Sequence[str], post: Post, today: date) -> str:
    """Return some lines of a post with their source."""
    return "\n".join([*lines, citation(1, post, today), f"发送「来源 #{post.number}」看全文"])


def teaser_text(posts: Sequence[Post]) -> str:
    """Return what somebody reads of posts that only some may read: its title, and how to get it."""
    names = "、".join(f"《{post.title}》#{post.number}" for post in posts[:1])
    kind, _, course = posts[0].access.partition(":")
    if kind == COURSE and course:
        return f"{names} 讲的就是这个，这是课程内容。\n发送「学习 {course}」看看怎么学，开通后再问一次就能看到全文。"
    return f"{names} 讲的就是这个，这是会员内容。\n发送「套餐」看看怎么开通，开通后再问一次就能看到全文。"


def related_text(number: int = 0, *, can_choose: bool = True) -> str:
    """Return what stands above the numbered titles; on the command line a number chooses nothing."""
    noted = f"，已记下（Q{number}）。" if number else "，"
    return f"没有找到直接的答案{noted}这几篇也许有关{'，回复数字看全文' if can_choose else ''}："


def topic_text(topic: str) -> str:
    """Return what stands above the numbered titles when a member only named something."""
    return f"想问「{topic.strip()}」的什么呢？知识库里有这几篇，回复数字看全文："


def more_text(*, has_more: bool) -> str:
    """Return what stands above the next sources."""
    return f"还有这几篇，回复数字看全文{'，再发「更多」看后面的' if has_more else ''}："


def no_such_source(number: int, count: int) -> str:
    """Return what is said to a place that the last answer does not have."""
    known = (
        "只有 1 个出处，发送「来源 1」看" if count == 1 else f"只有 {count} 个出处，发送「来源 1」到「来源 {count}」看"
    )
    return f"上次的回答{known}；要看第 {number} 号帖子，请发「来源 #{number}」。"


def thanks_text(*, before: bool | None, is_useful: bool) -> str:
    """Return the short thanks for a vote.

    Args:
        before: what the member thought; None when this is the first vote.
        is_useful: what the member thinks now.
    """
    if before is is_useful:
        return "已经记过了，谢谢您。"
    return "好的，已改成「有用」，谢谢您。" if before is False else "谢谢反馈，已记下。"


def gone_on_text(before: str, question: str) -> str:
    """Return a question that goes on with another one, for who reads neither the talk nor our guess at it."""
    return f"{_shorten(before.rstrip('?？。 '), _LONGEST_BEFORE)}，接着问「{question.rstrip('?？。 ')}」"


def kept_text(number: int, lines: Sequence[str]) -> str:
    """Return what is said when a member had a question noted as open."""
    return "\n".join([f"已记成待答（Q{number}）。" if number else "这里没有开待答，请直接在群里问大家。", *lines])


def unknown_text(number: int = 0, lines: Sequence[str] = ()) -> str:
    """Return the honest no.

    Args:
        number: of the question; 0 when it was not noted.
        lines: what is said below it.
    """
    noted = f"{NO_ANSWER[:-1]}，已记下（Q{number}）。" if number else NO_ANSWER
    return "\n".join([noted, *(lines or ["您知道答案的话，发送「分享 标题 正文」就能补上。"])])


def _footer(found: Excerpt, post: Post, *, has_more: bool) -> list[str]:
    """Return the line that says how to read on; none when there is nothing more."""
    if _is_whole(found.lines, post):
        return ["发送「更多」看别的出处"] if has_more else []
    has_code = not found.shows_code and _FENCE.search(post.body) is not None
    whole = "发送「来源 1」看全文和代码" if has_code else "发送「来源 1」看全文"
    return [f"{whole}，「更多」看别的" if has_more else whole]


def _is_whole(lines: Sequence[str], post: Post) -> bool:
    """Whether an answer leaves nothing of a post to be read."""
    shown, whole = ("".join(filter(str.isalnum, text)) for text in ("".join(lines), to_plain(post.body)))
    return len(shown) >= len(whole)


def _shorten(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
