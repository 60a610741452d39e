"""Messages for the judge, and rules written as in bot.yaml."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.moderation.judging import Judge
from bot.moderation.model import Finding, Said
from bot.moderation.rules_model import Rule, shipped_rules
from bot.moderation.watching import RoomWatch

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
"""A Sunday noon in Shanghai."""


def rules_of(**written: dict[str, Any]) -> dict[str, Rule]:
    """Return rules as they would stand in the file; `_` stands for `-` in their ids."""
    return {name.replace("_", "-"): Rule.model_validate(rule) for name, rule in written.items()}


class Talk:
    """A room with a judge, where people say things a second apart."""

    def __init__(self, rules: dict[str, Rule] | None = None, **options: Any) -> None:
        self.judge = Judge(shipped_rules() if rules is None else rules, **options)
        self.watch = RoomWatch()
        self.at = NOON
        self.heard: list[Said] = []

    def says(self, text: str, who: str = "小明", *, after: float = 1, **facts: Any) -> list[Finding]:
        """Return what the judge finds in the next message."""
        self.at += timedelta(seconds=after)
        said = Said(id=f"m{len(self.heard)}", at=self.at, room_id="r1", member_id=who, name=who, text=text, **facts)
        self.heard.append(said)
        return self.judge.judge(said, self.watch)

    def broken(self, text: str, who: str = "小明", **facts: Any) -> list[str]:
        """Return the ids of the rules that the next message breaks."""
        return [finding.rule for finding in self.says(text, who, **facts)]
