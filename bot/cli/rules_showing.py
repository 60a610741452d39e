"""How `rules test` shows what rules did: lines for people, values for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from bot.units import format_duration

if TYPE_CHECKING:
    from bot.moderation.judging import Judge
    from bot.moderation.model import Finding, Said, VerdictAction
    from bot.moderation.rules_model import Rule
    from bot.moderation.trying import Change, Example, Trial, Turn

_ACTIONS: Final = ("放行", "群内提醒", "私聊警告", "报告群主", "移出群聊")
_LONGEST: Final = 60  # characters of a message that are shown
_MOST_TURNS: Final = 20


def shorten(text: str) -> str:
    """Return a message in one line."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def action_name(action: VerdictAction) -> str:
    """Return what people call it."""
    return _ACTIONS[action]


def finding_line(finding: Finding) -> str:
    """Return a finding in one line."""
    score = f"，{finding.score:.0%} 把握" if finding.score < 1 else ""
    return f"{finding.rule}（{finding.words}）→ {action_name(finding.action)}：{finding.reason}{score}"


def finding_value(finding: Finding) -> dict[str, Any]:
    """Return a finding for programs."""
    return {
        "rule": finding.rule, "family": finding.family, "action": finding.action.name.lower(),
        "weight": finding.weight, "score": round(finding.score, 4), "reason": finding.reason,
        "evidence": finding.evidence, "span": list(finding.span),
    }  # fmt: skip


def explain_lines(judge: Judge, said: Said, found: Sequence[Finding]) -> Iterator[str]:
    """Yield how a text was understood, and which rules would have hit it from somebody else or at another time."""
    from bot.moderation.revealing import reveal
    from bot.moderation.rules_text import Text
    from bot.moderation.sights import CONTACTS

    revealed, text = reveal(said.text), Text(said.text)
    if revealed.text != said.text:
        yield f"看成：{revealed.text}"
    if revealed.disguises:
        yield f"伪装：{'、'.join(revealed.disguises)}（{revealed.disguise:.1f}）"
    if text.links:
        yield f"链接：{'、'.join(link.domain for link in text.links)}"
    for contact in text.contacts:
        yield f"看到{CONTACTS[contact.kind]}：{text.quote(contact.start, contact.end)[0]}"
    reading = judge.read(said.text)
    yield f"像广告：{reading.advert:.1%}"
    told = {finding.rule for finding in found}
    for hit in reading.hits:
        if hit.rule not in told:
            told.add(hit.rule)
            yield f"没有算 {hit.rule}：{hit.reason}，但条件不符（{condition_words(judge.rules[hit.rule])}）"


def condition_words(rule: Rule) -> str:
    """Return the conditions of a rule as people read them."""
    when, words = rule.when, []
    if when.roles:
        words.append(f"只管 {'、'.join(when.roles)}")
    if when.paying is not None:
        words.append("只管付费会员" if when.paying else "只管没付费的")
    if when.first is not None:
        words.append(f"只管前 {when.first} 条")
    if when.joined is not None:
        words.append(f"只管进群不到 {format_duration(when.joined)}的人")
    if when.hours:
        words.append(f"只在 {'、'.join(map(str, when.hours))}")
    if when.free:
        words.append(f"{'、'.join(map(str, when.free))} 不管")
    return "，".join(words) or "群主和管理员不管"


def example_words(example: Example) -> str:
    """Return what is wrong with an example."""
    if example.is_wanted:
        return f"规则 {example.rule} 该命中却放行了：「{shorten(example.text)}」"
    return f"规则 {example.rule} 该放行却命中了：「{shorten(example.text)}」"


def trial_lines(trial: Trial, rules: Mapping[str, Rule]) -> Iterator[str]:
    """Yield what rules did with many messages."""
    share = trial.hits / trial.messages if trial.messages else 0.0
    yield f"{trial.messages} 条消息，命中 {trial.hits} 条（{share:.2%}）"
    for name, count in sorted(trial.by_rule.items(), key=lambda item: (-item[1], item[0])):
        yield f"{name}（{rules[name].shown}）：{count} 条"
        for said, finding in trial.quoted[name][:3]:
            yield f"  {said.name}：{shorten(said.text)} ← {finding.reason}"
    if trial.adverts + trial.others:
        yield (
            f"标了广告的 {trial.adverts} 条里命中 {trial.adverts_hit} 条，"
            f"标了正常的 {trial.others} 条里误判 {trial.others_hit} 条"
        )


def trial_value(trial: Trial) -> dict[str, Any]:
    """Return the same for programs."""
    value: dict[str, Any] = {
        "messages": trial.messages,
        "hits": trial.hits,
        "actions": {action.name.lower(): count for action, count in sorted(trial.actions.items())},
        "rules": {
            name: {
                "hits": count,
                "examples": [
                    {"text": said.text, "at": said.at.isoformat(), **finding_value(finding)}
                    for said, finding in trial.quoted[name]
                ],
            }
            for name, count in sorted(trial.by_rule.items())
        },
    }
    if trial.adverts + trial.others:
        value |= {
            "recall": trial.adverts_hit / trial.adverts if trial.adverts else None,
            "fpr": trial.others_hit / trial.others if trial.others else None,
        }
    return value


def change_lines(changes: Sequence[Change]) -> Iterator[str]:
    """Yield how two sets of rules differ."""
    for change in changes:
        if change.before is None and change.after is not None:
            yield f"+ {change.rule}（{change.after.shown}）"
        elif change.after is None and change.before is not None:
            yield f"- {change.rule}（{change.before.shown}）"
        else:
            yield f"~ {change.rule}：改了 {'、'.join(change.settings) or '词表'}"


def turn_lines(turns: Sequence[Turn]) -> Iterator[str]:
    """Yield messages that are judged differently."""
    more = sum(not turn.before for turn in turns)
    fewer = sum(not turn.after for turn in turns)
    yield f"{len(turns)} 条消息结果不同：多命中 {more} 条，少命中 {fewer} 条，处理不同 {len(turns) - more - fewer} 条"
    for turn in turns[:_MOST_TURNS]:
        yield f"  「{shorten(turn.said.text)}」{_outcome(turn.before)} → {_outcome(turn.after)}"
    if len(turns) > _MOST_TURNS:
        yield f"  还有 {len(turns) - _MOST_TURNS} 条"


def _outcome(found: Sequence[Finding]) -> str:
    return "、".join(f"{action_name(one.action)}（{one.rule}）" for one in found) or "放行"


def turn_value(turn: Turn) -> dict[str, Any]:
    """Return such a message for programs."""
    return {
        "text": turn.said.text, "at": turn.said.at.isoformat(), "before": [finding_value(one) for one in turn.before],
        "after": [finding_value(one) for one in turn.after],
    }  # fmt: skip
