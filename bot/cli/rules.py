"""`rules test`: the owner's rules tried on their examples, on a text, on the past, and beside another file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli import rules_showing as showing
from bot.cli.options import config_option, json_option, print_json
from bot.cli.rules_reading import RuleFile, Talk, read_history, read_rule_file, shipped_filter
from bot.clock import SystemClock
from bot.errors import QunzhiError
from bot.model import Role
from bot.moderation.model import Said
from bot.units import parse_duration

if TYPE_CHECKING:
    from bot.moderation.rules_model import Rule
    from bot.moderation.trying import Change, Example, Turn

_ROLES = ("guest", "member", "expert", "admin", "owner")


@click.group()
def rules() -> None:
    """群规：试一试写在 bot.yaml 里的规则。"""


@rules.command()
@click.argument("text", required=False)
@config_option
@click.option("--room", default="", help="用这个群的规则；不写就用总的。")
@click.option("--role", type=click.Choice(_ROLES), default="member", show_default=True, help="谁说的。")
@click.option("--newcomer", is_flag=True, help="刚进群的人说的。")
@click.option("--paying", is_flag=True, help="付费会员说的。")
@click.option("--at", default="", help="几点说的，比如 23:30；不写就是现在。")
@click.option("--explain", is_flag=True, help="看看文字被理解成什么，哪些规则因为条件不符没有算。")
@click.option("--evade", is_flag=True, help="把该命中的例子变形（拆字、同音、夹符号……），看还认不认得。")
@click.option(
    "--history",
    type=click.Path(exists=True, path_type=Path),
    help='用以前的消息试：数据目录，或一行一个 {"text": …} 的文件（可以带 label: ad 或 ok）。',
)
@click.option(
    "--diff", "other", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="换成另一个设置文件会怎样。"
)
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    help="低于这个百分比就退出码 1：通过的例子、变形后还认得的、或者判对的消息。",
)
@json_option
def test(
    text: str | None, config_path: Path | None, room: str, role: str, newcomer: bool, paying: bool, at: str,
    explain: bool, evade: bool, history: Path | None, other: Path | None, fail_under: float | None, as_json: bool,
) -> None:  # fmt: skip
    """试规则。不写 TEXT 就检查规则自己的例子（hits 和 passes），有不对的退出码为 1。"""
    file = read_rule_file(config_path)
    if room and room not in file.config.rooms:
        click.echo(f"{room} 没有自己的设置，用总的规则。", err=True)
    if other is not None:
        _compare(file, read_rule_file(other), room, read_history(history, config_path) if history else [], as_json)
    elif history is not None:
        _try_history(file, room, read_history(history, config_path), fail_under, as_json)
    elif text is not None:
        said = _said(file, text, room, role, at, is_new=newcomer, is_paying=paying)
        _judge_text(file, room, said, as_json=as_json, explain=explain)
    else:
        _try_examples(file, room, fail_under, evade=evade, as_json=as_json)


def _said(file: RuleFile, text: str, room: str, role: str, at: str, *, is_new: bool, is_paying: bool) -> Said:
    zone = file.config.zone(room or None)
    moment = SystemClock().now().astimezone(zone)
    if at:
        found = re.fullmatch(r"([01]?\d|2[0-3])[:：]([0-5]\d)", at.strip())
        if found is None:
            raise QunzhiError(f"时间 {at!r} 看不懂，请写成 23:30 这样")
        moment = moment.replace(hour=int(found[1]), minute=int(found[2]))
    return Said(
        id="1", at=moment, room_id="room", member_id="member", name="成员", text=text, role=Role[role.upper()],
        is_paying=is_paying, joined_at=moment - timedelta(minutes=1) if is_new else None,
        said_before=0 if is_new else 1_000_000,
    )  # fmt: skip


def _judge_text(file: RuleFile, room: str, said: Said, *, as_json: bool, explain: bool) -> None:
    from bot.moderation.judging import Judge
    from bot.moderation.watching import RoomWatch

    judge = Judge(file.rules(room), shipped_filter(), zone=file.config.zone(room or None), topic=room)
    found = judge.judge(said, RoomWatch())
    lines = list(showing.explain_lines(judge, said, found)) if explain else []
    if as_json:
        value: dict[str, Any] = {"hits": [showing.finding_value(one) for one in found]}
        print_json(value | ({"explanation": lines} if explain else {}))
        return
    for line in [*map(showing.finding_line, found), *lines]:
        click.echo(line)
    if not found:
        click.echo("没有命中任何规则。")


def _try_examples(file: RuleFile, room: str, fail_under: float | None, *, evade: bool, as_json: bool) -> None:
    from bot.moderation.trying import try_examples

    rules, evasions = file.rules(room), _evasions() if evade else []
    tried = try_examples(rules, shipped_filter(), evasions=evasions)
    wrong = [example for example in tried if not example.is_right]
    share = 100 * (1 - len(wrong) / len(tried)) if tried else 100.0
    if as_json:
        print_json(_examples_value(tried, share))
    elif evade:
        for line in _evasion_lines(tried, evasions):
            click.echo(line)
    else:
        for example in wrong:
            name = "hits" if example.is_wanted else "passes"
            click.echo(str(file.example_fault(example.rule, name, example.place, room, showing.example_words(example))))
        click.echo(f"{len(rules)} 条规则，{len(tried)} 个例子，{len(tried) - len(wrong)} 个对。")
    _exit_below(share, 100.0 if fail_under is None and not evade else fail_under)


def _evasions() -> list[str]:
    from bot.moderation.evasions import EVASIONS, MIXTURES

    return [*EVASIONS, *MIXTURES]


def _evasion_lines(tried: Sequence[Example], evasions: Sequence[str]) -> Iterable[str]:
    if not tried:
        yield "规则里没有 hits 例子，没有可以变形的。"
    for name in evasions:
        own = [example for example in tried if example.evasion == name]
        if own:
            missed = next((example for example in own if not example.is_hit), None)
            quoted = f"，漏掉的比如「{showing.shorten(missed.text)}」" if missed else ""
            yield f"{name}：{sum(example.is_hit for example in own)}/{len(own)}{quoted}"


def _examples_value(tried: Sequence[Example], share: float) -> dict[str, Any]:
    return {
        "examples": len(tried), "right": sum(example.is_right for example in tried), "percent": round(share, 2),
        "wrong": [
            {"rule": one.rule, "text": one.text, "wanted": one.is_wanted, "evasion": one.evasion}
            for one in tried
            if not one.is_right
        ],
    }  # fmt: skip


def _try_history(file: RuleFile, room: str, talks: Sequence[Talk], fail_under: float | None, as_json: bool) -> None:
    from bot.moderation.trying import Trial, try_rules

    trial, filter_ = Trial(), shipped_filter()
    shown: dict[str, Rule] = {}
    for talk in talks:
        topic = room or talk.topic
        rules = file.rules(topic)
        shown |= rules
        zone = file.config.zone(topic or None)
        try_rules(rules, talk.messages, filter_, zone=zone, topic=topic, trial=trial)
    if as_json:
        print_json(showing.trial_value(trial))
    else:
        for line in showing.trial_lines(trial, shown):
            click.echo(line)
    if fail_under is not None:
        labelled = trial.adverts + trial.others
        if not labelled:
            raise QunzhiError("这些消息没有标注，算不出判对多少；一行要有 label: ad 或 ok")
        _exit_below(100 * (trial.adverts_hit + trial.others - trial.others_hit) / labelled, fail_under)


def _compare(file: RuleFile, other: RuleFile, room: str, talks: Sequence[Talk], as_json: bool) -> None:
    from bot.moderation.trying import compare_rules, try_changes

    talks = talks or [Talk(room, [(said, None) for said in _examples_of(file, other, room)])]
    changes: dict[str, Change] = {}
    turns: list[Turn] = []
    filter_ = shipped_filter()
    for talk in talks:
        topic = room or talk.topic
        found = compare_rules(file.rules(topic), other.rules(topic))
        changes |= {change.rule: change for change in found}
        zone = file.config.zone(topic or None)
        turns += try_changes(found, [said for said, _ in talk.messages], filter_, zone=zone, topic=topic)
    if as_json:
        print_json({"changes": list(changes), "turns": [showing.turn_value(turn) for turn in turns]})
        return
    if not changes:
        click.echo("两个文件的规则一样。")
        return
    for line in [*showing.change_lines(list(changes.values())), *showing.turn_lines(turns)]:
        click.echo(line)


def _examples_of(file: RuleFile, other: RuleFile, room: str) -> Iterable[Said]:
    """Return the examples of both files as messages of newcomers, so that most conditions hold."""
    rules = [*file.rules(room).values(), *other.rules(room).values()]
    texts = dict.fromkeys(text for rule in rules for text in (*rule.hits, *rule.passes))
    noon = datetime(2026, 1, 1, 12, tzinfo=file.config.zone(room or None))
    for number, text in enumerate(texts):
        at = noon + number * parse_duration("1m")
        yield Said(
            id=str(number), at=at, room_id="room", member_id=f"#{number}", name="例子", text=text, joined_at=at,
            said_before=0,
        )  # fmt: skip


def _exit_below(share: float, least: float | None) -> None:
    if least is not None and share < least:
        click.echo(f"{share:.1f}% 低于 {least:g}%。", err=True)
        raise SystemExit(1)


COMMANDS: tuple[click.Command, ...] = (rules,)
