"""`eval moderation`: how well advertisements are told on labelled messages, beside what others do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.options import print_json
from bot.errors import QunzhiError

if TYPE_CHECKING:
    from bot.moderation.adverts_evaluation import Labelled, Trial

FALSE_ALARMS = 0.35
"""Percent of normal messages that may be flagged when nothing is said; ordinary rooms report at 0.4."""


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--false-alarms", "percent", default=FALSE_ALARMS, show_default=True, type=click.FloatRange(0.01, 20),
    help="愿意误判百分之几的正常消息。",
)  # fmt: skip
@click.option("--shipped", is_flag=True, help="只用自带的过滤器，不分五折重新训练。")
@click.option("--evade", is_flag=True, help="再测各种变形的广告，和正常消息的繁体、全角、表情写法。")
@click.option("--compare", is_flag=True, help="同一次运行里，和关键词表、贝叶斯、逻辑回归比一比。")
@click.option("--all", "everything", is_flag=True, help="以上都测，再加没见过的一类广告、换皮重发。")
def moderation(file: Path, percent: float, shipped: bool, evade: bool, compare: bool, everything: bool) -> None:
    """广告过滤的质量：FILE 每行一个 JSON，有 text 和 label（ad 或 ok），可以有 kind。

    消息有 200 条以上时分五折：每一折只用其余四折训练，阈值也在那四折里选；换五种分法，取平均。更少就用自带的过滤器。
    """
    from bot.moderation import adverts_evaluation as evaluation
    from bot.moderation.adverts_baselines import compare as compare_baselines
    from bot.moderation.adverts_training import SHIPPED

    rows = list(read_labelled(file))
    trial = evaluation.Trial(rows, percent / 100.0, shipped=shipped)
    click.echo(_describe(trial))
    result = evaluation.measure(trial)
    _show_kinds(result)
    if evade or everything:
        click.echo("变形后的召回，占原样的：")
        result["evasions"] = evaluation.measure_evasions(trial, click.echo)
        result["honest"] = evaluation.measure_honest(trial)
        click.echo(
            "".join(f"正常消息用{title}写，误判 {share:.2%}\n" for title, share in result["honest"].items()), nl=False
        )
    if everything:
        result["learning"] = evaluation.measure_learning(trial, evaluation.UNSEEN)
        result["learning_shipped"] = evaluation.measure_learning(trial, SHIPPED)
        result["reposts"] = evaluation.measure_reposts(trial)
        _show_learning(result)
    if compare or everything:
        own = {name: result[name] for name in ("precision", "recall", "f1", "fpr")}
        result["compared"] = compare_baselines(rows, percent / 100.0) | {"本系统": own}
        _show_table(result["compared"])
    print_json(result)


def read_labelled(file: Path) -> Iterator[Labelled]:
    """Read labelled messages.

    Raises:
        QunzhiError: a line is no such object, or there is none.
    """
    from bot.moderation.adverts_evaluation import Labelled

    count = 0
    for number, line in enumerate(_lines(file), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text, label, kind = row["text"], row["label"], row.get("kind", "")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise QunzhiError(f"{file}:{number}: {_WANTED}这一行是：{line[:40]}") from error
        if label not in {"ad", "ok"} or not isinstance(text, str):
            raise QunzhiError(f"{file}:{number}: label 要写 ad 或 ok，text 要是文字。{_WANTED}")
        count += 1
        yield Labelled(text, label == "ad", str(kind or ""))
    if not count:
        raise QunzhiError(f"{file} 里没有消息。{_WANTED}")


_WANTED = '每行要写成 {"text": "消息", "label": "ad"}，'


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise QunzhiError(f"{file} 不是 UTF-8 文本。") from error


def _describe(trial: Trial) -> str:
    adverts = sum(row.is_advert for row in trial.rows)
    how = "分五折（五种分法取平均），判断每条的过滤器都没见过它" if trial.is_folded else "用自带的过滤器"
    return f"广告 {adverts} 条，正常消息 {len(trial.rows) - adverts} 条；{how}；误判率定在 {trial.false_alarms:.2%}。"


def _show_kinds(result: dict[str, Any]) -> None:
    click.echo(f"抓到广告 {result['recall']:.1%}，误判 {result['fpr']:.2%}，每秒 {result['messages_per_s']} 条。")
    for kind, shares in result["kinds"].items():
        name, share = next(iter(shares.items()))
        click.echo(f"{kind}\t{'抓到' if name == 'recall' else '误判'} {share:.2%}")


def _show_learning(result: dict[str, Any]) -> None:
    for name, how in (("learning", "从没见过"), ("learning_shipped", "只见过自带的例子")):
        for kind, shares in result[name].items():
            click.echo(
                f"{kind} {how}：先抓到 {shares['recall_before']:.1%}，标记 30 条后 {shares['recall_after']:.1%}；"
                f"误判 {shares['false_alarms_before']:.2%} → {shares['false_alarms_after']:.2%}"
            )
    reposts = result["reposts"]
    click.echo(f"标记过的广告变形重发，认出 {reposts['caught']:.1%}，误判 {reposts['false_alarms']:.2%}")


def _show_table(measured: dict[str, dict[str, float]]) -> None:
    click.echo("\t精确\t召回\tF1\t误判")
    for name, shares in measured.items():
        click.echo("\t".join([name, *(f"{shares[column]:.2%}" for column in ("precision", "recall", "f1", "fpr"))]))
