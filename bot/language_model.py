"""The optional language model as the rest of the bot sees it, and what is taken out of what is sent to it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, Protocol

from bot.errors import QunzhiError
from bot.text_masking import mask

_MENTION: Final = re.compile(r"(?<![\w.@/])@[\u3400-\u9fff][^\s@，。！？、；：,:;!?()（）]*")


class Failure(StrEnum):
    """Why a language model gave no reply, as the owner reads it."""

    TIMEOUT = "大模型超时"
    UNREACHABLE = "大模型连不上"
    REFUSED = "大模型拒绝了"
    BUSY = "大模型限流"
    FAILED = "大模型出错"
    INVALID = "大模型的回复用不了"


class LanguageModelError(QunzhiError):
    """The model gave no reply that can be used.

    Args:
        failure: what kind of trouble.
        detail: a few more words in Chinese, without a secret and without anybody's text; may be empty.
    """

    def __init__(self, failure: Failure, detail: str = "") -> None:
        super().__init__(f"{failure}（{detail}）" if detail else str(failure))
        self.failure = failure
        self.detail = detail

    @property
    def is_refusal(self) -> bool:
        """Whether it will go on like this until the owner does something about it."""
        return self.failure is Failure.REFUSED


class LanguageModel(Protocol):
    """Writes a text after instructions."""

    @property
    def host(self) -> str:
        """Where it answers, for people."""

    @property
    def fingerprint(self) -> str:
        """The same as long as address, model and key are."""

    @property
    def resting(self) -> str:
        """Why it is left alone for now, in Chinese; empty when it may be asked."""

    async def complete(self, instructions: str, text: str, *, most_tokens: int, seconds: float) -> str:
        """Return what the model writes, normalised.

        Args:
            instructions: what it shall do; written by us.
            text: what it shall do it with; `mask_for_sending` is applied to it.
            most_tokens: how much it may write.
            seconds: real seconds to wait at most, everything together.

        Raises:
            LanguageModelError: it did not, for whatever reason.
        """


def mask_for_sending(text: str) -> str:
    """Return a text without keys, passwords, phone, card and identity numbers, mail addresses and @mentions."""
    return _MENTION.sub("@某人", mask(text).text)
