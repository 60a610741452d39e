"""Free text is understood as a command, a question, or neither."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.intent import Intent, IntentKind, Intents
from bot.intent_patterns import Utterance, align
from bot.plugin import Context, Plugin, Rest, Settings
from bot.search.encoder import Encoder, load_encoder
from bot.search.hashing import HashingEncoder
from bot.text import normalise
from tests.router_kit import Bench
from tests.test_router import make_courses, make_talk

DATA = Path(__file__).parent / "data" / "intent"


class Embedder:
    """Stands in for the search part."""

    def __init__(self, encoder: Encoder | None = None) -> None:
        self.encoder = encoder

    @property
    def is_ready(self) -> bool:
        return self.encoder is not None

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32] | None:
        return self.encoder.encode_queries(list(texts)) if self.encoder else None


def make_labelled_plugin() -> Plugin[Settings]:
    plugin: Plugin[Settings] = Plugin("labelled")
    for word, said in json.loads((DATA / "commands.json").read_text("utf-8")).items():

        @plugin.command(word, acts=said["acts"], utterances=said["utterances"])
        async def handle(ctx: Context[Settings], rest: Rest | None = None) -> None: ...

    return plugin


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("我想参加 fastapi-101", "报名 fastapi-101"),
        ("我想参加fastapi-101", "报名 fastapi-101"),
        ("请帮我报名 fastapi-101 吧，谢谢！", "报名 fastapi-101"),
        ("能帮我報名 FastAPI-101 吗？", "报名 FastAPI-101"),
        ("最近有什么课？", "场次"),
    ],
)
async def test_before_the_encoder_is_ready_patterns_count(raw: str, line: str) -> None:
    intents = Intents(Embedder())
    intents.plugin_added(make_courses())
    intent = await intents.classify(normalise(raw))
    assert (intent.kind, intent.line, intent.is_ready) == (IntentKind.COMMAND, line, False)


@pytest.mark.parametrize(
    "raw", ["报名的人好多", "我想参加", "我不想参加 fastapi-101 了", "x" * 100, "最近有什么课程设计的书"]
)
async def test_what_is_no_pattern_is_a_question_for_the_knowledge(raw: str) -> None:
    intents = Intents()
    intents.refresh(make_courses().commands)
    assert (await intents.classify(normalise(raw))).kind is IntentKind.QUESTION


@pytest.mark.parametrize("raw", ["你好", "谢谢！", "", "？"])
async def test_small_talk_wants_nothing(raw: str) -> None:
    assert (await Intents().classify(normalise(raw))).kind is IntentKind.NONE


async def test_plugins_that_are_off_or_gone_are_not_meant() -> None:
    intents, courses = Intents(Embedder(HashingEncoder())), make_courses()
    intents.plugin_added(courses)
    assert (await intents.classify("我想参加 fastapi-101", {"lectures"})).kind is IntentKind.COMMAND
    assert (await intents.classify("我想参加 fastapi-101", {"talk"})).kind is IntentKind.QUESTION
    intents.plugin_removed(courses)
    assert (await intents.classify("我想参加 fastapi-101")).kind is IntentKind.QUESTION


@pytest.mark.parametrize(
    ("text", "utterance", "wanted"),
    [
        ("我想报一下 fastapi-101 吧", "我要报名 {}", "fastapi-101"),
        ("帮我报「Redis 入门」", "我要报名 {}", "Redis 入门"),
        ("举报 @阿强 发广告", "我要举报 {}", "@阿强"),
        ("我要上机器学习的课", "我要上 {} 的课", "机器学习"),
        ("给我报第 3 场", "我要报名 {}", "3"),
        ("我要报名", "我要报名 {}", ""),
        ("", "{}", ""),
    ],
)
def test_the_argument_is_what_the_utterance_does_not_say(text: str, utterance: str, wanted: str) -> None:
    assert align(text, utterance) == wanted


@given(st.text(), st.text())
def test_any_utterance_and_any_text_go_together(text: str, utterance: str) -> None:
    said = Utterance(normalise(utterance), "词", "p", acts=False)
    said.pattern().fullmatch(normalise(text))
    assert align(normalise(text), said.text) in normalise(text)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path, [make_courses(), make_talk()], Intents(Embedder()))
    yield bench
    await bench.storage.close()


async def test_an_act_that_was_understood_is_confirmed_first(bench: Bench) -> None:
    assert await bench.says("@小知 我想参加 fastapi-101") == ["要报名「fastapi-101」吗？回复 是"]
    assert "先请您确认" in bench.why
    assert await bench.says("是") == ["小明 报名了 fastapi-101。"]
    await bench.says("@小知 我想参加 fastapi-101")
    assert await bench.says("不用") == ["好的，不办了。"]


async def test_what_changes_nothing_is_done_at_once(bench: Bench) -> None:
    assert await bench.says("@小知 最近有什么课") == ["回复数字报名："]
    assert await bench.says("最近有什么课") == []


async def test_an_act_with_a_wrong_argument_gets_the_usage(bench: Bench) -> None:
    assert await bench.says("@小知 我想参加 什么都行") == ["用法：报名 <场次>，例如：报名 fastapi-101"]


class Guess(Intents):
    """Hears always the same, and is never sure."""

    def __init__(self, line: str) -> None:
        super().__init__()
        self.line = line

    async def classify(self, text: str, plugins: Collection[str] | None = None) -> Intent:
        return Intent(IntentKind.COMMAND, self.line, 0.95, 0.94, "报名", is_ready=True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("报名 asyncio", "用 Semaphore。"),
        ("报名 fastapi-101", "要报名「fastapi-101」吗？回复 是"),
        ("报名", "用法：报名 <场次>，例如：报名 fastapi-101"),
    ],
)
async def test_a_guess_whose_argument_does_not_fit_was_a_question(tmp_path: Path, line: str, said: str) -> None:
    bench = Bench(tmp_path, [make_courses(), make_talk()], Guess(line))
    assert await bench.says("@小知 并发怎么学") == [said]
    await bench.storage.close()


async def test_a_question_goes_to_the_knowledge(bench: Bench) -> None:
    assert await bench.says("@小知 怎么限制并发") == ["用 Semaphore。"]
    assert bench.outcome.decision["intent"] == "question"


@pytest.fixture(scope="module")
def embedded() -> Encoder:
    return load_encoder("embedded")


@pytest.mark.encoder
@pytest.mark.parametrize(("name", "least_heard"), [("lines.tsv", 0.85), ("heldout.tsv", 0.6)])
async def test_wishes_are_heard_and_chat_is_left_alone(embedded: Encoder, name: str, least_heard: float) -> None:
    intents = Intents(Embedder(embedded))
    intents.plugin_added(make_labelled_plugin())
    pairs = [line.split("\t") for line in (DATA / name).read_text("utf-8").splitlines()]
    found = {text: await intents.classify(text) for text, _ in pairs}
    wishes = [(text, line) for text, line in pairs if line != "-"]
    wrong = [text for text, line in pairs if found[text].line not in {line, ""}]
    heard = [text for text, line in wishes if found[text].line == line]
    assert len(wrong) <= len(pairs) // 30, wrong
    assert len(heard) / len(wishes) >= least_heard
