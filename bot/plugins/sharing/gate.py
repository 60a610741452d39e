"""The quality gate: what is done about anything that members share, decided without any input or output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.plugin import MASKED_KINDS, mask
from bot.plugins.qa.api import Draft
from bot.plugins.sharing.adverts import advert_reasons
from bot.plugins.sharing.rules import count_substance

LEAST_TITLE = 2
"""Letters, digits and ideographs a title needs."""
_LONGEST_BODY = 50_000  # characters; longer ones are documents
_LONGEST_LOOKED_AT = 1000  # characters of a title among which its words are
_USAGE = "请这样发：分享 标题 正文。标题写成别人会问的那句话，正文第一句就说结论。"


class Ruling(StrEnum):
    """What is done about a draft."""

    OK = "ok"
    MASKED = "masked"
    HOLD = "hold"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much has to be said.

    Attributes:
        least_body: letters, digits and ideographs a body needs.
        longest_body: characters it may have.
    """

    least_body: int = 10
    longest_body: int = _LONGEST_BODY


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is done about a draft.

    Attributes:
        draft: with placeholders where secrets and personal data stood.
        masked: kinds of what was masked, as 手机号; a held draft is masked as well.
        reasons: why an owner has to look at it first, or (one) why it is not taken at all.
        is_refused: it is not taken.
    """

    draft: Draft
    masked: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    is_refused: bool = False

    @property
    def ruling(self) -> Ruling:
        """The severest that holds."""
        if self.is_refused:
            return Ruling.REFUSE
        if self.reasons:
            return Ruling.HOLD
        return Ruling.MASKED if self.masked else Ruling.OK

    @property
    def note(self) -> str:
        """What the member is told of what was masked; empty when nothing was."""
        return f"为了安全，里面的{'、'.join(self.masked)}已换成占位符。" if self.masked else ""


def examine(draft: Draft, limits: Limits | None = None) -> Verdict:
    """Judge what somebody wants to share.

    Args:
        draft: as it would be published.
        limits: how much has to be said.

    Returns:
        The draft without secrets, and whether it may be published, must be looked at, or is refused.
    """
    limits = limits or Limits()
    if fault := _find_fault(draft, limits):
        return Verdict(draft, reasons=(fault,), is_refused=True)
    title, body = mask(draft.title), mask(draft.body)
    masked = tuple(kind for kind in MASKED_KINDS if kind in {*title.kinds, *body.kinds})
    clean = replace(draft, title=title.text, body=body.text)
    if masked and _count_said(body.text, limits.least_body) < limits.least_body:
        fault = f"隐去{'、'.join(masked)}之后没剩下多少内容，请补充说明再发一次。"
        return Verdict(clean, masked, (fault,), is_refused=True)
    return Verdict(clean, masked, advert_reasons(f"{draft.title}\n{draft.body}"))


def _find_fault(draft: Draft, limits: Limits) -> str:
    if count_substance(draft.title[:_LONGEST_LOOKED_AT], LEAST_TITLE) < LEAST_TITLE or not draft.body.strip():
        return _USAGE
    if len(draft.body) > limits.longest_body:  # first: nothing else looks at all of a text that is not taken
        return f"正文有 {len(draft.body)} 字，太长了，最多 {limits.longest_body} 字，请分成几篇再发。"
    if count_substance(draft.body, limits.least_body) < limits.least_body:
        return f"正文太短了，至少写 {limits.least_body} 个字，把结论和做法说清楚再发一次。"
    return ""


def _count_said(text: str, most: int) -> int:
    for kind in MASKED_KINDS:
        text = text.replace(f"<{kind}>", "")
    return count_substance(text, most)
