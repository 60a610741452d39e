"""Talks to an OpenAI-compatible chat-completions endpoint; nothing it answers, or fails to, can hold up the bot."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from typing import TYPE_CHECKING, Any, Final

from bot.language_model import Failure, LanguageModelError, mask_for_sending
from bot.text import normalise

if TYPE_CHECKING:
    import httpx2

    from bot.clock import Clock
    from bot.config_language_model import LanguageModelConfig

log = logging.getLogger(__name__)

MOST_BYTES: Final = 64 << 10
_THOUGHT: Final = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_REFUSED: Final = {
    401: "密钥不对",
    402: "余额不足",
    403: "没有权限",
    404: "没有这个地址或模型",
}
_BAD_REQUEST, _TOO_MANY, _FIRST_ERROR, _FIRST_SERVER_ERROR = 400, 429, 300, 500
_TROUBLES: Final = 3  # failures in a row after which it is left alone for a while
_REST: Final = {Failure.REFUSED: 3600.0, Failure.BUSY: 60.0}  # seconds; others rest after `_TROUBLES`
_REST_AFTER_TROUBLES: Final = 300.0


class HttpLanguageModel:
    """Implements `bot.language_model.LanguageModel`.

    Args:
        config: where it answers.
        clock: counts how long it is left alone after failures.
    """

    def __init__(self, config: LanguageModelConfig, clock: Clock) -> None:
        self._config, self._clock = config, clock
        self._client: httpx2.AsyncClient | None = None
        self._opening = asyncio.Lock()
        self._troubles = 0
        self._resting_until = 0.0
        self._options: dict[str, str] = {"max_tokens": "max_tokens", "temperature": "temperature"}

    @property
    def host(self) -> str:
        """Where it answers, for people."""
        return self._config.host

    @property
    def fingerprint(self) -> str:
        """The same as long as address, model and key are."""
        return self._config.fingerprint

    @property
    def resting(self) -> str:
        """Why it is left alone for now; empty when it may be asked."""
        left = self._resting_until - self._clock.monotonic()
        return f"大模型刚才出错，{max(1, round(left / 60))} 分钟后再试" if left > 0 else ""

    async def complete(self, instructions: str, text: str, *, most_tokens: int, seconds: float) -> str:
        """Return what the model writes; see `LanguageModel`."""
        messages = [{"role": "system", "content": instructions}, {"role": "user", "content": mask_for_sending(text)}]
        options = {"max_tokens": most_tokens, "temperature": 0}
        named = {self._options[name]: value for name, value in options.items() if name in self._options}
        body = {"model": self._config.model, "messages": messages, "stream": False, **named}
        try:
            reply = read_reply(await self._call("POST", "/chat/completions", body, seconds))
        except LanguageModelError as error:
            self._note(error)
            raise
        self._troubles = 0
        return reply

    async def probe(self, seconds: float) -> list[str] | None:
        """Return the names of the models there; None when it answers but does not tell them.

        Raises:
            LanguageModelError: it cannot be reached, or refuses the key.
        """
        try:
            found = json.loads(await self._call("GET", "/models", None, seconds))
            return [str(model["id"]) for model in found["data"]]
        except (ValueError, RecursionError, LookupError, TypeError):
            return None
        except LanguageModelError as error:
            if error.failure in {Failure.INVALID, Failure.FAILED} or error.detail == _REFUSED[404]:
                return None  # some services have no list
            raise

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _call(self, method: str, path: str, body: dict[str, Any] | None, seconds: float) -> bytes:
        try:
            async with asyncio.timeout(seconds):
                return await self._try_twice(await self._open(), method, path, body)
        except TimeoutError:
            raise LanguageModelError(Failure.TIMEOUT, f"{seconds:g} 秒") from None

    async def _try_twice(
        self, client: httpx2.AsyncClient, method: str, path: str, body: dict[str, Any] | None
    ) -> bytes:
        """Make a request, and once more when the connection fails: a kept one may have been closed meanwhile."""
        import httpx2  # loaded by `_open`, off the event loop

        try:
            try:
                return await self._request(client, method, path, body)
            except (httpx2.NetworkError, httpx2.RemoteProtocolError):
                return await self._request(client, method, path, body)
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
            log.info("language model: %s", type(error).__name__)
            raise LanguageModelError(Failure.UNREACHABLE) from None

    async def _request(self, client: httpx2.AsyncClient, method: str, path: str, body: dict[str, Any] | None) -> bytes:
        async with client.stream(method, self._config.base + path, json=body) as response:
            data = await _read(response)
        if response.status_code == _BAD_REQUEST:
            self._learn(data)
        _check_status(response.status_code)
        return data

    async def _open(self) -> httpx2.AsyncClient:
        async with self._opening:
            if self._client is None:  # reading the certificates takes a third of a second
                self._client = await asyncio.to_thread(_make_client, self._config)
        return self._client

    def _learn(self, data: bytes) -> None:
        """Leave out or rename, from the next call on, what this model says it does not take."""
        if self._options.get("max_tokens") == "max_tokens" and b"max_completion_tokens" in data:
            self._options["max_tokens"] = "max_completion_tokens"
        elif b"temperature" in data:
            self._options.pop("temperature", None)

    def _note(self, error: LanguageModelError) -> None:
        """Leave the model alone for a while when it keeps failing: each try makes a member wait."""
        log.warning("language model: failure=%s detail=%s", error.failure.name.lower(), error.detail)
        if error.failure is Failure.INVALID:
            return
        self._troubles += 1
        rest = _REST.get(error.failure, _REST_AFTER_TROUBLES if self._troubles >= _TROUBLES else 0.0)
        if rest:
            self._troubles, self._resting_until = 0, self._clock.monotonic() + rest


def read_reply(data: bytes) -> str:
    """Return the text in the body of a chat completion.

    Raises:
        LanguageModelError: there is none, or it was cut off.
    """
    try:
        choice = json.loads(data)["choices"][0]
        text, ended = choice["message"]["content"], choice.get("finish_reason")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise LanguageModelError(Failure.INVALID, "不是约定的格式") from None
    if not isinstance(text, str):
        raise LanguageModelError(Failure.INVALID, "没有文字")
    if ended == "length":
        raise LanguageModelError(Failure.INVALID, "没有写完")
    return normalise(_THOUGHT.sub("", text))


async def _read(response: httpx2.Response) -> bytes:
    """Return the body as it came; we ask for no compression, so a small body cannot become a large one."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise LanguageModelError(Failure.INVALID, "用了没有要求的压缩")
    data = bytearray()
    async for piece in response.aiter_raw():
        data += piece
        if len(data) > MOST_BYTES:
            raise LanguageModelError(Failure.INVALID, f"超过 {MOST_BYTES >> 10} kB")
    return bytes(data)


def _check_status(status: int) -> None:
    if status in _REFUSED:
        raise LanguageModelError(Failure.REFUSED, _REFUSED[status])
    if status == _TOO_MANY:
        raise LanguageModelError(Failure.BUSY)
    if status >= _FIRST_ERROR:
        whose = "服务端" if status >= _FIRST_SERVER_ERROR else "不接受这样的请求"
        raise LanguageModelError(Failure.FAILED, f"{whose} {status}")


def _make_client(config: LanguageModelConfig) -> httpx2.AsyncClient:
    """Return a client that follows no redirect, with the key, through the proxy that the environment names."""
    import httpx2

    headers = {"accept-encoding": "identity", "user-agent": "qunzhi"}
    if config.key:
        headers["authorization"] = f"Bearer {config.key.get_secret_value()}"
    try:
        return httpx2.AsyncClient(headers=headers, timeout=None, follow_redirects=False)
    except (ImportError, ValueError):
        raise LanguageModelError(Failure.UNREACHABLE, "环境变量里的代理用不了，请用 http:// 的代理") from None
