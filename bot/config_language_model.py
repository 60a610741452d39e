"""Where the optional language model answers: read from the environment only, checked before anything is sent."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.errors import Fault

ENDPOINT_VARIABLE: Final = "QUNZHI_LLM_ENDPOINT"
KEY_VARIABLE: Final = "QUNZHI_LLM_KEY"
MODEL_VARIABLE: Final = "QUNZHI_LLM_MODEL"

_COMPLETIONS: Final = "/chat/completions"
_HEADER_SAFE: Final = re.compile(r"[\x21-\x7e]+")
_NEAR: Final = re.compile(r"localhost\b|127\.|10\.|192\.168\.|\[::1\]")  # where certificates are rare
_LONGEST: Final = 500
_EXAMPLE: Final = "https://api.deepseek.com/v1"


@dataclass(frozen=True, slots=True)
class LanguageModelConfig:
    """An OpenAI-compatible endpoint.

    Attributes:
        base: its address without `/chat/completions`, as `https://api.deepseek.com/v1`.
        model: the model's name there.
        key: sent as a bearer token; None for servers that want none.
    """

    base: str
    model: str
    key: SecretStr | None = None

    @property
    def host(self) -> str:
        """What people read: the host, with its port if it is not the usual one."""
        return urlsplit(self.base).netloc

    @property
    def fingerprint(self) -> str:
        """The same as long as none of the three changes; tells nothing about the key."""
        key = self.key.get_secret_value() if self.key else ""
        return hashlib.sha256(f"{self.base}\n{self.model}\n{key}".encode()).hexdigest()[:12]


def read_language_model(env: Mapping[str, str]) -> tuple[LanguageModelConfig | None, list[Fault]]:
    """Return what the environment names (None when it names nothing, or something wrong) and every fault.

    Args:
        env: the environment.
    """
    endpoint, key, model = (env.get(name, "").strip() for name in (ENDPOINT_VARIABLE, KEY_VARIABLE, MODEL_VARIABLE))
    if not (endpoint or key or model):
        return None, []
    wrong = {
        ENDPOINT_VARIABLE: _fault_of_endpoint(endpoint),
        KEY_VARIABLE: _fault_of_key(key),
        MODEL_VARIABLE: _fault_of_model(model),
    }
    faults = [Fault(variable, 1, 1, message) for variable, message in wrong.items() if message]
    if faults:
        return None, faults
    base = endpoint.rstrip("/").removesuffix(_COMPLETIONS).rstrip("/")
    return LanguageModelConfig(base, model, SecretStr(key) if key else None), []


def _fault_of_endpoint(endpoint: str) -> str:
    if not endpoint:
        return f"没有设置大模型的地址，比如 {_EXAMPLE}；不用大模型就把 {KEY_VARIABLE} 和 {MODEL_VARIABLE} 也删掉"
    if len(endpoint) > _LONGEST or not _HEADER_SAFE.fullmatch(endpoint):
        return f"大模型的地址里有空格或中文，请写成 {_EXAMPLE} 这样"
    if "@" in endpoint or "?" in endpoint or "#" in endpoint:
        return f"大模型的地址里只写主机和路径，密钥放进 {KEY_VARIABLE}，比如 {_EXAMPLE}"
    if "://" not in endpoint:
        scheme = "http" if _NEAR.match(endpoint) else "https"
        return f"大模型的地址要写明协议，是 {scheme}://{endpoint} 吗？"
    try:
        parts = urlsplit(endpoint)
        is_right = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none
        is_right = False
    return "" if is_right else f"大模型的地址要写成 http(s)://主机:端口/路径，比如 {_EXAMPLE}"


def _fault_of_key(key: str) -> str:
    if not key or (_HEADER_SAFE.fullmatch(key) and len(key) <= _LONGEST):
        return ""
    if key.lower().startswith("bearer "):
        return "大模型的密钥前面不要写 Bearer，只写密钥"
    return "大模型的密钥里有空格、换行或中文，请重新复制一次"


def _fault_of_model(model: str) -> str:
    if not model:
        return f"设置了大模型的地址，还要写用哪个模型，比如 deepseek-chat；不用大模型就把 {ENDPOINT_VARIABLE} 也删掉"
    is_right = model.isprintable() and len(model) <= _LONGEST
    return "" if is_right else "大模型的模型名里有换行或别的控制字符，请重新写一次"
