"""Lets a language model put an answer into words, from the passages that were found and from nothing else."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.plugin import Context, Hit, LanguageModel, LanguageModelError, Reply, Role
from bot.plugins.qa import texts
from bot.plugins.qa.composing_check import Checked, CheckFailed, Statement, check
from bot.plugins.qa.composing_evidence import Evidence
from bot.plugins.qa.composing_prompt import INSTRUCTIONS, make_request
from bot.plugins.qa.composing_settings import ComposingSettings
from bot.plugins.qa.composing_store import ALLOWED, SPENT, spend_call
from bot.plugins.qa.model import MEMBER, Post
from bot.plugins.qa.rules import Confidence
from bot.plugins.qa.settings import QaSettings

# How much closer a sentence must be to its passage than to these, in units of the distance from them to the same
# sentence again: a scale that all encoders share. With the embedded one, rephrased sentences lie at .59 and above,
# sentences held against another post at .51 and below (tests/plugins/qa/test_composing_meaning).
LEAST_ALIKE = 0.5
ELSEWHERE = (
    "今天天气很好，适合出去走走。",
    "这家店的面条味道不错，价格也合适。",
    "她昨天和朋友去看了一场电影。",
    "小猫在沙发上睡着了。",
)
_MOST_COMPARED = 3  # sentences of the passages that one sentence is compared with: those that share most words


@dataclass(frozen=True, slots=True)
class Composed:
    """What came of it.

    Attributes:
        lines: what is sent, with citations as `[1]`; empty when the plain answer is to be sent.
        places: the passages that are cited, from 1.
        why: for 为什么.
    """

    lines: tuple[str, ...]
    places: tuple[int, ...]
    why: str


async def put_into_words(
    ctx: Context[QaSettings], plain: Reply, question: str, cited: Sequence[tuple[Hit, Post]], confidence: Confidence
) -> Reply:
    """Return an answer in the words of a language model when there is one that holds; else the plain one.

    How sure the answer is and where it comes from is ours to say, as in the plain one.

    Args:
        ctx: the call.
        plain: the answer as it is without a language model.
        question: as it was asked, or written out.
        cited: what was found, best first, all of which the member may read.
        confidence: how sure.
    """
    composed = await compose(ctx, question, cited)
    if composed is None:
        return plain
    why = "；".join(part for part in (plain.why, composed.why) if part)
    if not composed.lines:
        return replace(plain, why=why)
    today = ctx.now.astimezone(ctx.zone).date()
    sources = " ".join(texts.citation(place, cited[place - 1][1], today) for place in composed.places)
    lines = [*composed.lines, f"【把握：{confidence}】{sources}"]
    if len(lines) < texts.MOST_LINES:
        lines.append(f"发送「来源 {composed.places[0]}」看全文")
    return replace(plain, text="\n".join(lines), why=why)


async def compose(ctx: Context[QaSettings], question: str, cited: Sequence[tuple[Hit, Post]]) -> Composed | None:
    """Return an answer that a language model wrote and that was checked, or why there is none.

    It is asked once, and waits no longer than `settings.seconds`; whatever goes wrong, the plain answer is still there.
    Only the question and the passages go out, without what `bot.language_model.mask_for_sending` takes out of them.

    Args:
        ctx: the call.
        question: as it was asked.
        cited: what was found, best first, all of which the member may read.

    Returns:
        None when no language model is used here or for this member.
    """
    model, settings = _model(ctx), ctx.config.composing
    if model is None or not cited or not await _may(ctx, settings):
        return None
    if model.resting:
        return _plain(model.resting)
    day = ctx.now.astimezone(ctx.part("config").zone()).date()
    if (spent := await ctx.db(spend_call, ctx.talker.id, day, settings)) != ALLOWED:
        whose = f"整个社群 {settings.daily}" if spent == SPENT else f"每人 {settings.daily_per_member}"
        return _plain(f"今天请大模型写的次数用完了（{whose} 次）")
    passages = {place: _text_of(hit, post) for place, (hit, post) in enumerate(cited, 1)}
    try:
        written = await _ask(ctx, model, question, passages, settings)
        checked = await asyncio.to_thread(check, written, passages)
        await _compare(ctx, checked, passages)
    except LanguageModelError as error:
        await _tell_owner(ctx, model, error)
        return _plain(str(error))
    except CheckFailed as error:
        return _plain(f"大模型写的没有通过核对：{error}")
    return Composed(checked.lines, checked.places, "大模型照出处写的，逐句核对过")


def _plain(why: str) -> Composed:
    return Composed((), (), f"{why}，所以发摘录")


def _model(ctx: Context[Any]) -> LanguageModel | None:
    try:
        model: LanguageModel = ctx.part("language_model")
    except LookupError:  # off, as by default
        return None
    return model


async def _may(ctx: Context[Any], settings: ComposingSettings) -> bool:
    if settings.who != "member" or ctx.role >= Role.EXPERT:
        return settings.who != "off"
    try:
        may_use = ctx.part("entitlements")
    except LookupError:  # nothing is sold
        return False
    return bool(await may_use(ctx.talker, MEMBER))


def _text_of(hit: Hit, post: Post) -> str:
    return "\n".join(part for part in (post.title, hit.heading, hit.passage) if part)


async def _ask(
    ctx: Context[Any], model: LanguageModel, question: str, passages: Mapping[int, str], settings: ComposingSettings
) -> str:
    request = make_request(_without_names(ctx, question), passages, secrets.token_hex(4))
    return await model.complete(INSTRUCTIONS, request, most_tokens=settings.most_tokens, seconds=settings.seconds)


def _without_names(ctx: Context[Any], question: str) -> str:
    """Return the question without the people it mentions."""
    mentioned = ctx.message.mentions if ctx.message else ()
    names = sorted({member.name for member in mentioned if member.name}, key=len, reverse=True)
    return re.sub("|".join(f"@{re.escape(name)}" for name in names), "@某人", question) if names else question


async def _compare(ctx: Context[Any], checked: Checked, passages: Mapping[int, str]) -> None:
    """Hold each sentence against its passages by meaning, as far as there is an encoder.

    Raises:
        CheckFailed: one is no closer to them than to something else.
    """
    evidence = await asyncio.to_thread(_nearest_of_all, checked.statements, passages)
    candidates = [*ELSEWHERE, *(sentence for sentences in evidence for sentence in sentences)]
    cosines = await ctx.part("search").similarity([one.text for one in checked.statements], candidates)
    if cosines is None:
        return
    at = len(ELSEWHERE)
    for number, (row, sentences) in enumerate(zip(cosines, evidence, strict=True), 1):
        alike = how_alike(row[: len(ELSEWHERE)], row[at : at + len(sentences)])
        at += len(sentences)
        if alike < LEAST_ALIKE:
            raise CheckFailed(f"第 {number} 句和它引用的原文意思不近")


def how_alike(elsewhere: Any, own: Any) -> float:  # noqa: ANN401 - arrays of numpy, which only search knows
    """Return how near a sentence is to its passage: 1 is the same sentence, 0 as far as any other text.

    Args:
        elsewhere: its cosines with `ELSEWHERE`.
        own: its cosines with sentences of the passage.
    """
    base = float(elsewhere.mean())
    return (float(own.max(initial=-1.0)) - base) / max(1 - base, 1e-6)


def _nearest_of_all(statements: Sequence[Statement], passages: Mapping[int, str]) -> list[list[str]]:
    """Return for each statement the sentences of its passages that it is compared with."""
    texts = ["\n".join(passages[place] for place in statement.places) for statement in statements]
    return [Evidence(text).nearest(one.text, _MOST_COMPARED) for text, one in zip(texts, statements, strict=True)]


async def _tell_owner(ctx: Context[Any], model: LanguageModel, error: LanguageModelError) -> None:
    """Tell the owner, once for each setting of it, what only they can put right."""
    if not error.is_refusal:
        return
    text = f"{error}：{model.host}。在它好之前，回答都用摘录。改好环境变量 QUNZHI_LLM_* 后请重启；不想用就删掉它们。"
    await ctx.part("notices").tell(text, f"language_model/{model.fingerprint}/{error.detail}")
