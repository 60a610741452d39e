from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from bot.config_schema import read_strictly
from bot.plugins.accounts.settings import AccountsSettings


def test_a_lifetime_is_earned_over_three_years_by_itself() -> None:
    assert read_strictly(AccountsSettings, {}).lifetime == timedelta(days=1098)
    assert read_strictly(AccountsSettings, {"lifetime": "1830d"}).lifetime == timedelta(days=1830)


@pytest.mark.parametrize("written", ["36m", "29d", "0s"])
def test_a_lifetime_of_minutes_is_a_slip_of_the_pen(written: str) -> None:
    with pytest.raises(ValidationError, match="m 是分钟"):
        read_strictly(AccountsSettings, {"lifetime": written})
