"""What is on its way to becoming a post: a draft and its messages, as JSON values where it has to wait."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bot.plugins.qa.api import Draft, Source


@dataclass(frozen=True, slots=True)
class Incoming:
    """A draft and where it came from.

    Attributes:
        draft: what would be published.
        messages: ids of the WeChat messages it was made of; whoever takes one of them back takes the post back.
    """

    draft: Draft
    messages: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"draft": asdict(self.draft), "messages": list(self.messages)}


def from_json(values: dict[str, Any]) -> Incoming:
    """Return what `Incoming.to_json` gave."""
    facts = values["draft"]
    draft = Draft(**{**facts, "tags": tuple(facts["tags"]), "source": Source(facts["source"])})
    return Incoming(draft, tuple(values["messages"]))
