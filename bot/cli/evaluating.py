"""Commands that measure: how well search finds, and from which score an answer may be given."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.asking import load_knowledge, running_search, say
from bot.cli.evaluating_moderation import moderation
from bot.cli.evaluating_offtopic import offtopic
from bot.cli.offline import Offline, open_offline
from bot.cli.options import config_option, data_option, print_json
from bot.errors import QunzhiError
from bot.plugins.qa import api

if TYPE_CHECKING:
    from bot.search.evaluation import Labelled
    from bot.search.model import Findings
    from bot.storage import Database

_NAMES = {"own": "本系统", "bm25": "只按关键词", "dense": "只按语义", "rrf": "名次融合"}


@click.group("eval")
def evaluate() -> None:
    """在标注数据上测质量，最后一行是 JSON。"""


@evaluate.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--encoder", default="embedded", show_default=True, help="编码器，写法和 bot.yaml 里一样。")
@click.option("--calibrate", "wants_thresholds", is_flag=True, help="再算出适合这批数据的阈值。")
@click.option(
    "--compare", "wants_comparison", is_flag=True, help="同一次运行里，和只按关键词、只按语义、名次融合比一比。"
)
def retrieval(directory: Path, encoder: str, wants_thresholds: bool, wants_comparison: bool) -> None:
    """检索质量：DIR 里要有 corpus.jsonl 和 queries.jsonl。"""
    from bot.search import calibration, evaluation

    try:
        if wants_comparison:
            queries, systems = asyncio.run(evaluation.run_systems(directory, encoder, say))
        else:
            queries, found = asyncio.run(evaluation.run_queries(directory, encoder, say))
            systems = {"own": found}
    except (OSError, ValueError, KeyError) as error:
        raise QunzhiError(f"{directory} 里的数据读不了：{error}") from error
    result: dict[str, object] = {**evaluation.summarise(queries, systems["own"])}
    if wants_thresholds:
        result |= calibration.choose_thresholds(queries, systems["own"])
    if wants_comparison:
        measured = {name: evaluation.summarise(queries, found) for name, found in systems.items()}
        _show_table(measured)
        result |= measured
    print_json(result)


@evaluate.command()
@click.argument("questions", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--encoder", default="", help="编码器，写法和 bot.yaml 里一样；不写就用 bot.yaml 里的。")
@data_option
@config_option
def calibrate(questions: Path | None, encoder: str, data_dir: Path | None, config_path: Path | None) -> None:
    """算回答的阈值：没有答案的问题，最多 5% 被答错。

    QUESTIONS 一行一个 JSON：{"query": "问题", "relevant": ["#57"]}，编号用群里看到的，没有答案的问题留空；也可以是放着
    corpus.jsonl 和 queries.jsonl 的目录。不写就拿自己的帖子出题：标题当问题，拿走那一篇就是没有答案的问题。
    """
    from bot.search import calibration, evaluation

    try:
        if questions is not None and questions.is_dir():
            spec = encoder or "embedded"
            queries, findings = asyncio.run(evaluation.run_queries(questions, spec, say))
        else:
            rows = _read_questions(questions) if questions else None
            queries, findings, spec = asyncio.run(_ask_all(rows, encoder, config_path, data_dir))
        chosen = calibration.choose_thresholds(queries, findings)
    except calibration.CalibrationError as error:
        raise QunzhiError(str(error)) from error
    except (OSError, ValueError, KeyError) as error:
        raise QunzhiError(f"{questions} 里的数据读不了：{error}") from error
    present = findings[0].answer_threshold
    at_present = calibration.judge_threshold(queries, findings, present)
    _show_thresholds(spec, queries, chosen, present, at_present)
    if questions is None:
        click.echo("题目是自己的帖子出的，比成员问的整齐；攒下几十个真实的问题写成文件再算，更准。")
    print_json(chosen | {"questions": len(queries), "present": {"answer_threshold": present, **at_present}})


def _show_thresholds(
    spec: str, queries: Sequence[Labelled], chosen: dict[str, float], present: float, at_present: dict[str, float]
) -> None:
    from bot.search.calibration import FEWEST

    unanswerable = sum(not query.relevant for query in queries)
    answer = chosen["answer_threshold"]
    click.echo(f"编码器 {spec}；问题 {len(queries)} 个，其中 {unanswerable} 个没有答案。")
    click.echo(f"阈值 {answer:.4f}：{_describe(chosen)}")
    click.echo(f"现在 {present:.4f}：{_describe(at_present)}")
    if min(unanswerable, len(queries) - unanswerable) < FEWEST:
        click.echo(f"问题太少，数字只能参考：有答案的和没有答案的最好各有 {FEWEST} 个以上。")
    click.echo("要用算出来的，在 bot.yaml 里写下面两行；换了编码器要重新算。")
    click.echo(f"search:\n  answer_threshold: {answer:.4f}")


def _read_questions(file: Path) -> list[tuple[str, list[str]]]:
    """Read questions and the names of the posts that answer each.

    Raises:
        QunzhiError: a line is no such object, or there is none.
        OSError, UnicodeDecodeError: the file cannot be read.
    """
    rows = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            rows.append((str(row["query"]), [str(name) for name in row["relevant"]]))
        except (ValueError, KeyError, TypeError) as error:
            wanted = '{"query": "问题", "relevant": ["#57"]}'
            raise QunzhiError(f"{file}:{number}: 每行要写成 {wanted}，这一行是：{line[:40]}") from error
    if not rows:
        raise QunzhiError(f"{file} 里没有问题，一行写一个 JSON。")
    return rows


async def _ask_all(
    rows: Sequence[tuple[str, list[str]]] | None, encoder: str, config_path: Path | None, data_dir: Path | None
) -> tuple[list[Labelled], list[Findings], str]:
    """Ask the bot's own knowledge; without questions they are made of the posts."""
    from bot.search.calibration import leave_one_out
    from bot.search.store import list_documents

    async with open_offline(config_path, data_dir) as part:
        spec = encoder or part.config.encoder
        if spec == "none":
            raise QunzhiError("encoder: none 只按关键词找，没有阈值可算；用 --encoder embedded 算编码器的。")
        await load_knowledge(part)
        if rows is None:
            documents = await part.storage.read(part.config.community, list_documents)
            return *await leave_one_out(documents, spec, say), spec
        queries = await _name_posts(part, rows)
        return queries, await _find_all(part, queries, spec), spec


async def _name_posts(part: Offline, rows: Sequence[tuple[str, list[str]]]) -> list[Labelled]:
    """Return the questions with the posts' ids in place of what they are called.

    Raises:
        QunzhiError: there is no such post.
    """
    from bot.search.evaluation import Labelled

    queries = []
    for query, named in rows:
        ids = await part.storage.read(part.config.community, _resolve, named)
        if None in ids:
            raise QunzhiError(f"「{query[:20]}」：没有帖子 {named[ids.index(None)]}，请写群里看到的编号，比如 #57。")
        queries.append(Labelled(query, frozenset(name for name in ids if name)))
    return queries


def _resolve(db: Database, named: Sequence[str]) -> list[str | None]:
    found: list[str | None] = []
    for name in named:
        digits = name.removeprefix("#")
        post = api.post_by_number(db, int(digits)) if digits.isdecimal() else api.posts_by_id(db, [name]).get(name)
        found.append(post.id if post else None)
    return found


async def _find_all(part: Offline, queries: Sequence[Labelled], spec: str) -> list[Findings]:
    community = part.config.community
    access = await part.storage.read(community, api.access_kinds)
    async with running_search(part, spec) as search:
        find = partial(search.find, community, access=access, limit=10)
        return [await find(query.query) for query in queries]


def _describe(shares: dict[str, float]) -> str:
    return (
        f"没有答案的问题答错 {shares['wrong']:.1%}，有答案的回答 {shares['answered']:.1%}，"
        f"其中引对帖子的占全部的 {shares['right']:.1%}。"
    )


def _show_table(measured: dict[str, dict[str, float]]) -> None:
    columns = [name for name in measured["own"] if not name.startswith("ms_")]
    click.echo("\t".join(["", *columns]))
    for name, shares in measured.items():
        click.echo("\t".join([_NAMES[name], *(f"{shares[column]:.4f}" for column in columns)]))


evaluate.add_command(offtopic)

evaluate.add_command(moderation)

COMMANDS: tuple[click.Command, ...] = (evaluate,)
