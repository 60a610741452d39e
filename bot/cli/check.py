"""`check`: every fault of the two settings files, and the next dates of every schedule entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from bot import config as config_file
from bot import schedules as schedules_file
from bot.config import PluginModels, read_config, read_file
from bot.errors import ConfigError, Fault
from bot.schedule_review import review_schedules
from bot.schedules import preview


def run_check(
    config_path: Path | str | None,
    schedules_path: Path | str | None,
    *,
    now: datetime,
    env: Mapping[str, str],
    plugins: PluginModels | None = None,
) -> tuple[list[Fault], list[str]]:
    """Read both files and report.

    Args:
        config_path: None reads `bot.yaml` when it is there.
        schedules_path: None reads `schedules.yaml` when it is there.
        now: the previewed dates are after it; aware.
        env: the environment.
        plugins: the plugins that are there; None leaves their settings unchecked.

    Returns:
        Every fault and all advice, by file, and one line for every entry with its next three dates (none while its
        file has faults).
    """
    faults: list[Fault] = []
    lines: list[str] = []
    timezone = "Asia/Shanghai"
    try:
        data = read_file(str(config_path or config_file.DEFAULT_FILE), required=config_path is not None)
        config, faults = read_config(str(config_path or config_file.DEFAULT_FILE), data, env, plugins)
        timezone = config.timezone if config else timezone
    except ConfigError as error:
        faults = error.faults
    try:
        file = str(schedules_path or schedules_file.DEFAULT_FILE)
        review = review_schedules(file, read_file(file, required=schedules_path is not None), timezone, now)
        more = review.faults + review.advice
        lines = preview(review.schedules, now) if review.schedules and not review.faults else []
    except ConfigError as error:
        more = error.faults
    return faults + more, lines
