"""The client of the optional language model: whatever the other side does, a reply or one kind of error comes back."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.clock import VirtualClock
from bot.config import read_config
from bot.config_language_model import LanguageModelConfig, read_language_model
from bot.config_model import LogConfig
from bot.language_model import Failure, LanguageModelError, mask_for_sending
from bot.language_model_http import HttpLanguageModel
from bot.log import LogSink
from tests.language_model import (
    KEY,
    Behave,
    StandIn,
    completion,
    drip,
    flood,
    hang_up,
    keep_silent,
    respond,
    say,
    stand_in,
)

pytestmark = pytest.mark.slow

START = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
ENDPOINT, KEY_NAME, MODEL = "QUNZHI_LLM_ENDPOINT", "QUNZHI_LLM_KEY", "QUNZHI_LLM_MODEL"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@asynccontextmanager
async def connected(behave: Behave) -> AsyncIterator[tuple[HttpLanguageModel, StandIn, VirtualClock]]:
    clock = VirtualClock(START)
    async with stand_in(behave) as server:
        model = HttpLanguageModel(server.config, clock)
        try:
            yield model, server, clock
        finally:
            await model.close()


async def ask(model: HttpLanguageModel, text: str = "问题", seconds: float = 5.0) -> str:
    return await model.complete("规矩", text, most_tokens=100, seconds=seconds)


async def test_a_reply_comes_back_normalised_and_without_what_the_model_thought() -> None:
    async with connected(say("<think>想一想\n</think>\n用 Ｓｅｍａｐｈｏｒｅ\u200b [1]。")) as (model, server, _):
        assert await ask(model) == "用 Semaphore [1]。"
    (asked,) = server.asked
    assert asked.line == "POST /v1/chat/completions HTTP/1.1"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["accept-encoding"] == "identity"
    assert [message["role"] for message in asked.body["messages"]] == ["system", "user"]
    assert {key: asked.body[key] for key in ("model", "max_tokens", "temperature", "stream")} == {
        "model": "stand-in", "max_tokens": 100, "temperature": 0, "stream": False,
    }  # fmt: skip


async def test_what_is_sent_holds_no_keys_phones_mail_addresses_and_mentions() -> None:
    text = "@小红 我的 13812345678 和 a.b@qq.com，token=Abcdef123456xyz 装饰器 @app.route 不动"
    async with connected(say("好")) as (model, server, _):
        await ask(model, text)
    assert server.asked[0].prompt == "@某人 我的 <手机号> 和 <邮箱>，token=<密钥> 装饰器 @app.route 不动"
    assert mask_for_sending("pip install a@git") == "pip install a@git"


@pytest.mark.parametrize(
    ("behave", "failure", "tries"),
    [
        (respond(500, b"oops"), Failure.FAILED, 1),
        (respond(400, b"no"), Failure.FAILED, 1),
        (respond(302, b"", "location: http://127.0.0.1:1/"), Failure.FAILED, 1),
        (respond(401, b"{}"), Failure.REFUSED, 1),
        (respond(402, b"{}"), Failure.REFUSED, 1),
        (respond(429, b"{}"), Failure.BUSY, 1),
        (respond(200, b"not json"), Failure.INVALID, 1),
        (respond(200, b"[" * 60_000), Failure.INVALID, 1),
        (respond(200, b'{"choices": []}'), Failure.INVALID, 1),
        (respond(200, b'{"choices": [{"message": {"content": null}}]}'), Failure.INVALID, 1),
        (respond(200, completion("没写", finish_reason="length")), Failure.INVALID, 1),
        (respond(200, gzip.compress(b" " * 10_000_000), "content-encoding: gzip"), Failure.INVALID, 1),
        (flood, Failure.INVALID, 1),
        (hang_up, Failure.UNREACHABLE, 2),
    ],
)
async def test_every_misbehaviour_is_one_kind_of_error(behave: Behave, failure: Failure, tries: int) -> None:
    async with connected(behave) as (model, server, _):
        with pytest.raises(LanguageModelError) as caught:
            await ask(model)
    assert caught.value.failure is failure
    assert len(server.asked) == tries


@pytest.mark.parametrize("behave", [keep_silent, drip])
async def test_silence_and_dripping_end_with_the_time(behave: Behave) -> None:
    async with connected(behave) as (model, _, _clock):
        with pytest.raises(LanguageModelError) as caught:
            await asyncio.wait_for(ask(model, seconds=0.2), 30)
    assert caught.value.failure is Failure.TIMEOUT


async def test_a_port_where_nobody_listens_is_unreachable() -> None:
    async with stand_in(hang_up) as server:
        config = server.config
    model = HttpLanguageModel(config, VirtualClock(START))
    with pytest.raises(LanguageModelError) as caught:
        await ask(model)
    assert caught.value.failure is Failure.UNREACHABLE


@pytest.mark.parametrize(("status", "failures", "minutes"), [(401, 1, 60), (429, 1, 1), (500, 3, 5)])
async def test_after_failures_it_is_left_alone_for_a_while(status: int, failures: int, minutes: int) -> None:
    async with connected(respond(status, b"{}")) as (model, server, clock):
        for _ in range(failures):
            assert not model.resting
            with pytest.raises(LanguageModelError):
                await ask(model)
        assert model.resting == f"大模型刚才出错，{minutes} 分钟后再试"
        server.behave = say("好了")
        await clock.advance(minutes=minutes)
        assert not model.resting
        assert await ask(model) == "好了"


async def test_failures_between_successes_do_not_add_up() -> None:
    async with connected(respond(500, b"")) as (model, server, _):
        for _ in range(4):
            server.behave = respond(500, b"")
            with pytest.raises(LanguageModelError):
                await ask(model)
            server.behave = say("好")
            assert await ask(model) == "好"


async def test_options_a_model_does_not_take_are_left_out_from_the_next_call_on() -> None:
    async with connected(respond(400, b"use 'max_completion_tokens' instead of 'max_tokens'")) as (model, server, _):
        with pytest.raises(LanguageModelError):
            await ask(model)
        server.behave = respond(400, b"'temperature' does not support 0")
        with pytest.raises(LanguageModelError):
            await ask(model)
        server.behave = say("好")
        await ask(model)
    sent = server.asked[-1].body
    assert sent["max_completion_tokens"] == 100
    assert not {"max_tokens", "temperature"} & set(sent)


async def test_the_list_of_models_tells_that_the_key_is_good() -> None:
    async with connected(respond(200, b'{"data": [{"id": "a"}, {"id": "b"}]}')) as (model, server, _):
        assert await model.probe(5) == ["a", "b"]
        for behave in (respond(404, b""), respond(200, b"<html>")):
            server.behave = behave
            assert await model.probe(5) is None
        server.behave = respond(401, b"")
        with pytest.raises(LanguageModelError):
            await model.probe(5)
    assert server.asked[0].line.startswith("GET /v1/models ")


async def test_the_key_is_written_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config, _ = read_config("bot.yaml", b"", {ENDPOINT: "http://127.0.0.1:1", KEY_NAME: KEY, MODEL: "m"})
    assert config is not None
    assert KEY not in repr(config) + repr(config.language_model) + str(config.model_dump())
    sink = LogSink(LogConfig(level="debug"), tmp_path, secrets=config.secrets)
    sink.start()
    try:
        logging.getLogger("bot.test").warning("sent %s", KEY)
        async with connected(respond(401, KEY.encode())) as (model, _, _clock):
            with pytest.raises(LanguageModelError) as caught:
                await ask(model, KEY)
    finally:
        sink.stop()
    written = (tmp_path / "bot.log").read_text(encoding="utf-8")
    assert "refused" in written
    assert KEY not in written + str(caught.value)


@pytest.mark.parametrize(
    ("written", "base"),
    [
        ("https://api.deepseek.com/v1", "https://api.deepseek.com/v1"),
        ("https://api.deepseek.com/v1/", "https://api.deepseek.com/v1"),
        ("http://localhost:11434/v1/chat/completions", "http://localhost:11434/v1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_address_is_taken_with_and_without_its_end(written: str, base: str) -> None:
    assert read_language_model({ENDPOINT: written, MODEL: " qwen3 "}) == (LanguageModelConfig(base, "qwen3"), [])


@pytest.mark.parametrize(
    ("env", "variable", "words"),
    [
        ({ENDPOINT: "https://a.example/v1"}, MODEL, "还要写用哪个模型"),
        ({MODEL: "m"}, ENDPOINT, "没有设置大模型的地址"),
        ({KEY_NAME: "k"}, ENDPOINT, "没有设置大模型的地址"),
        ({ENDPOINT: "api.deepseek.com/v1", MODEL: "m"}, ENDPOINT, "是 https://api.deepseek.com/v1 吗？"),
        ({ENDPOINT: "127.0.0.1:11434/v1", MODEL: "m"}, ENDPOINT, "是 http://127.0.0.1:11434/v1 吗？"),
        ({ENDPOINT: "ftp://a.example", MODEL: "m"}, ENDPOINT, "http(s)://"),
        ({ENDPOINT: "https://a.example:x/", MODEL: "m"}, ENDPOINT, "http(s)://"),
        ({ENDPOINT: "https://", MODEL: "m"}, ENDPOINT, "http(s)://"),
        ({ENDPOINT: "https://me:secret@a.example", MODEL: "m"}, ENDPOINT, "密钥放进 QUNZHI_LLM_KEY"),
        ({ENDPOINT: "https://a.example/v1?key=x", MODEL: "m"}, ENDPOINT, "密钥放进 QUNZHI_LLM_KEY"),
        ({ENDPOINT: "https://a.example/大模型", MODEL: "m"}, ENDPOINT, "空格或中文"),
        ({ENDPOINT: "https://a.example", MODEL: "m", KEY_NAME: "Bearer sk-1"}, KEY_NAME, "不要写 Bearer"),
        ({ENDPOINT: "https://a.example", MODEL: "m", KEY_NAME: "sk-1\nsk-2"}, KEY_NAME, "重新复制"),
        ({ENDPOINT: "https://a.example", MODEL: "a\tb"}, MODEL, "控制字符"),
    ],
)
def test_check_says_what_is_wrong_with_the_environment(env: dict[str, str], variable: str, words: str) -> None:
    config, faults = read_config("bot.yaml", b"", env)
    assert config is not None
    assert config.language_model is None
    told = {fault.file: fault.message for fault in faults}
    assert words in told[variable]
    assert "secret" not in str(faults)


def test_without_the_variables_there_is_no_language_model() -> None:
    assert read_language_model({}) == (None, [])
    assert read_language_model({ENDPOINT: " ", KEY_NAME: "", MODEL: ""}) == (None, [])


def test_the_fingerprint_changes_with_the_key_and_does_not_tell_it() -> None:
    prints = set()
    for key in ("sk-one", "sk-two", ""):
        config, _ = read_language_model({ENDPOINT: "https://a.example", MODEL: "m", KEY_NAME: key})
        assert config is not None
        assert not key or key not in config.fingerprint
        prints.add(config.fingerprint)
    assert len(prints) == 3
