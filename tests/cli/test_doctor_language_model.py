"""What `doctor` says about the optional language model."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.cli.doctor_language_model import check_language_model
from bot.cli.finding import Finding
from bot.config_language_model import LanguageModelConfig
from tests.language_model import KEY, Behave, hang_up, respond, stand_in

pytestmark = pytest.mark.slow


@contextmanager
def serving(behave: Behave) -> Iterator[LanguageModelConfig]:
    """Serve on a thread with a loop of its own, since `doctor` brings one too."""
    loop, configs, ready = asyncio.new_event_loop(), [], threading.Event()
    ended = asyncio.Event()

    async def serve() -> None:
        async with stand_in(behave) as server:
            configs.append(server.config)
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait(30)
    try:
        yield configs[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(30)
        loop.close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_without_one_it_says_how_to_get_one() -> None:
    (found,) = check_language_model(None)
    assert found == Finding("ok", "大模型", "没有设置，回答都是摘录；想用就设置环境变量 QUNZHI_LLM_ENDPOINT")


@pytest.mark.parametrize(
    ("behave", "state", "words"),
    [
        (respond(200, b'{"data": [{"id": "stand-in"}]}'), "ok", "能连上，用 stand-in，只把提问和引用片段的文字发给它"),
        (respond(404, b""), "ok", "能连上"),
        (respond(200, b'{"data": [{"id": "a"}, {"id": "b"}]}'), "warn", "没有叫 stand-in 的模型，有 a、b 等"),
        (respond(401, b""), "warn", "大模型拒绝了（密钥不对）；在它好之前，回答都是摘录"),
        (hang_up, "warn", "大模型连不上"),
    ],
)
def test_reachability_key_and_model_are_told(behave: Behave, state: str, words: str) -> None:
    with serving(behave) as config:
        (found,) = check_language_model(config)
    assert found.state == state
    assert words in found.text
    assert KEY not in found.text


def test_a_key_over_plain_http_to_another_network_is_a_warning() -> None:
    far = LanguageModelConfig("http://language-model.invalid/v1", "m")
    assert [found.state for found in check_language_model(far)] == ["warn", "warn"]
    assert "请改用 https" in check_language_model(far)[1].text
