"""Fifty ways to get bot.yaml wrong: each is answered with its line, its column and the nearest right value."""

from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from bot.config import read_config
from bot.plugins.membership.api import MembershipSettings

BAD = Path(__file__).parent / "data" / "config" / "bad"


class CheckInSettings(BaseModel):
    """Settings of a plugin that these files misspell."""

    points: int = Field(default=1, ge=0, le=10)
    greeting: str = "打卡成功"


PLUGINS: dict[str, type[BaseModel] | None] = {
    "checkin": CheckInSettings,
    "membership": MembershipSettings,
    "status": None,
}


@pytest.mark.parametrize("file", sorted(BAD.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_malformed_file_gets_its_line_column_and_advice(file: Path) -> None:
    _, faults = read_config(file.name, file.read_bytes(), {}, PLUGINS)
    expected = file.with_suffix(".expected").read_text(encoding="utf-8").splitlines()
    assert [f"{fault.line}:{fault.column}: {fault.message}" for fault in faults] == expected
    assert expected


def test_there_are_at_least_fifty_malformed_files() -> None:
    assert len(list(BAD.glob("*.yaml"))) >= 50
