"""命中: shows an owner how a question was searched, and why each post is cited or not."""

from __future__ import annotations

from bot.plugin import Context, Findings, Hit
from bot.plugins.qa.answering import find
from bot.plugins.qa.asking import Answer
from bot.plugins.qa.model import Post
from bot.plugins.qa.rules import Kind
from bot.plugins.qa.settings import QaSettings

_SHOWN = 5


async def show_hits(ctx: Context[QaSettings], question: str) -> str:
    """Return the best posts with the parts of their scores."""
    found = await find(ctx, question)
    posts = found.known
    hits = [hit for hit in found.findings.hits if hit.document_id in posts][:_SHOWN]
    head = _head(found, question)
    if not hits:
        return f"{head}\n没有一篇沾边。"
    blocks = [_block(place, hit, posts[hit.document_id], found) for place, hit in enumerate(hits, 1)]
    return "\n".join([head, *blocks, _verdict(found)])


def _head(found: Answer, question: str) -> str:
    findings = found.findings
    way = "语义和关键词" if findings.semantic else "只按关键词，语义模型没准备好"
    return (
        f"命中「{question}」（{way}，{findings.ms:.0f} 毫秒）\n"
        f"回答线 {findings.answer_threshold:.3f}，相关线 {findings.related_threshold:.3f}"
    )


def _block(place: int, hit: Hit, post: Post, found: Answer) -> str:
    meaning = "未算" if hit.dense is None else f"{hit.dense:.3f}"
    parts = f"语义 {meaning}，词 {hit.keyword:.2f}，先验 {hit.prior:+.4f}"
    return f"{place}. #{post.number}《{post.title}》\n  总分 {hit.score:.3f}（{parts}）→ {_fate(hit, found)}"


def _fate(hit: Hit, found: Answer) -> str:
    """Return what becomes of a hit, and why."""
    findings: Findings = found.findings
    cited = [one.document_id for one, _ in found.cited]
    if hit.document_id in cited:
        if found.kind is Kind.ANSWER:
            return "作答" if cited[0] == hit.document_id else "列为出处"
        return {Kind.LOCKED: "只报标题，会员内容"}.get(found.kind, "列为相关")
    if hit.score < findings.related_threshold:
        return "不引用，低于相关线"
    if hit.score < findings.answer_threshold:
        return "不引用，低于回答线"
    return "不引用，前面已有更好的"


def _verdict(found: Answer) -> str:
    words = {
        Kind.ANSWER: f"会回答，把握{found.decision.confidence}。",
        Kind.LOCKED: "只报标题，不给正文。",
        Kind.RELATED: "不直接回答，只列相关的几篇。",
    }
    return words.get(found.kind, "会说知识库里没有。")
