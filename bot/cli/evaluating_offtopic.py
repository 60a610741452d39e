"""Measures how well drifting talk is told, and learns what the project ships for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.options import print_json
from bot.errors import QunzhiError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bot.moderation.topics_subjects import Subjects
    from bot.search.encoder import Encoder

_THEME = "编程和软件开发"
_READ = 300  # characters of a message
_UNIT = 2  # texts embedded at a time: the embedded encoder knows no padding, more gain nothing
_FEWEST = 50  # messages of each side: fewer make no windows


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--theme", default=_THEME, show_default=True, help="群的主题，几句话用分号隔开。")
@click.option("--encoder", "spec", default="embedded", show_default=True, help="编码器，写法和 bot.yaml 里一样。")
@click.option("--shipped", "is_shipped", is_flag=True, help="用自带的判断，不从这批数据里学。")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="把从全部数据里学到的存成自带文件。")
def offtopic(file: Path, theme: str, spec: str, is_shipped: bool, save: Path | None) -> None:
    """跑题判断的质量：FILE 一行一个 JSON：{"text": "…", "on_topic": true}。"""
    from bot.moderation import topics_streams
    from bot.moderation.topics_subjects import Subjects, sentences
    from bot.search.encoder import load_encoder

    texts, labels = _read(file)
    encoder = load_encoder(spec)
    vectors = _embed(encoder, texts)
    subjects = Subjects.shipped(encoder.fingerprint) if is_shipped else None
    subjects = subjects or Subjects.of(_embed(encoder, sentences()))
    if save is not None:
        _save(save, encoder.fingerprint, vectors, labels, subjects)
    lines = [line.strip() for line in theme.replace("；", ";").split(";") if line.strip()]
    labelled = topics_streams.Labelled(vectors, labels, _embed(encoder, lines), subjects)
    measured = topics_streams.measure_drift(labelled, is_shipped=is_shipped)
    _show(measured)
    print_json({"messages": len(texts), **measured})


def _show(measured: dict[str, float]) -> None:
    for length in (10, 16, 20):
        found, false = measured[f"found_{length}"], measured[f"false_{length}"]
        click.echo(f"{length} 条的窗口，七成跑题：找到 {found:.1%}，误报 {false:.1%}。")
    click.echo(
        f"错误的提醒，每 1000 条：一直在聊正事 {measured['false_nudges_steady']:g} 次，来回换话题 "
        f"{measured['false_nudges_mixed']:g} 次；跑题 20 条以上的，提醒到 {measured['long_spans_nudged']:.1%}。"
    )


def _read(file: Path) -> tuple[list[str], NDArray[np.bool_]]:
    """Return texts and whether each is on topic.

    Raises:
        QunzhiError: a line is no such object, or one side has too few.
    """
    import numpy as np

    texts, labels = [], []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            texts.append(str(row["text"])[:_READ])
            labels.append(bool(row["on_topic"]))
        except (ValueError, KeyError, TypeError) as error:
            wanted = '{"text": "消息", "on_topic": true}'
            raise QunzhiError(f"{file}:{number}: 每行要写成 {wanted}，这一行是：{line[:40]}") from error
    if min(labels.count(True), labels.count(False)) < _FEWEST:
        raise QunzhiError(f"{file} 里的消息太少：切题的和跑题的都要有 {_FEWEST} 条以上。")
    return texts, np.array(labels)


def _embed(encoder: Encoder, texts: Sequence[str]) -> NDArray[np.float32]:
    import numpy as np

    units = [encoder.encode_queries(list(texts[start : start + _UNIT])) for start in range(0, len(texts), _UNIT)]
    return np.concatenate(units)


def _save(
    path: Path, fingerprint: str, vectors: NDArray[np.float32], labels: NDArray[np.bool_], subjects: Subjects
) -> None:
    from bot.moderation.topics import learn_prior
    from bot.moderation.topics_subjects import save_subjects

    save_subjects(path, fingerprint, subjects.vectors, learn_prior(vectors, labels, subjects))
    click.echo(f"已存到 {path}，{path.stat().st_size // 1000} kB。")
