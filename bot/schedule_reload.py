"""Hot reload of `schedules.yaml`: the last good one stays, and what changed is said by entry."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from bot.clock import Clock
from bot.config_reload import FileSource
from bot.errors import Fault, UserError
from bot.schedule_edit import PlannedEdit, ScheduleEdit, digest_of, plan_edit, write_edit
from bot.schedule_model import ScheduleEntry, Schedules, SessionEntry
from bot.schedule_review import review_schedules

_SESSION: Final = "场次"
_TIMING: Final = {"starts", "every", "cron", "first_day", "last_day", "skipped", "moved", "skip_holidays", "timezone"}


class ScheduleSource(FileSource[Schedules]):
    """`schedules.yaml` and the last good schedules.

    Args:
        file: the path; it need not exist yet.
        schedules: what is in force at the start.
        clock: paces the polling.
        timezone: returns the zone for a file that names none.
        is_editable: whether the file may be written to from the chat.
    """

    def __init__(
        self,
        file: Path,
        schedules: Schedules,
        clock: Clock,
        timezone: Callable[[], str],
        *,
        is_editable: bool = True,
    ) -> None:
        self.is_editable = is_editable
        self._path, self._timezone, self._now = file, timezone, clock.now
        self.advice: list[Fault] = []
        """About the file as it was read last; it can be in force all the same."""
        self._told: set[str] = set()

        def read(data: bytes) -> tuple[Schedules | None, list[Fault]]:
            review = review_schedules(str(file), data, timezone(), clock.now(), self.value)
            self.advice = review.advice
            return review.schedules, review.faults

        super().__init__(file, schedules, read, self._describe, clock)

    async def plan(self, edit: ScheduleEdit) -> PlannedEdit:
        """Return the file as it would be after an edit.

        Raises:
            UserError: it cannot be done, or the file says something that was not in force yet and comes first; the
                text says what to do.
        """
        if not self.is_editable:
            raise UserError("机器人现在没有用 schedules.yaml，请先建好这个文件再重启。")
        planned = await asyncio.to_thread(plan_edit, self._path, edit, self._timezone(), self._now())
        if await self.poll():  # what was written by hand is not confirmed along with this
            raise UserError("schedules.yaml 刚在文件里改过，那些改动先处理，请再来一次。")
        return planned

    async def put(self, planned: PlannedEdit) -> None:
        """Write an edit to the file and put it in force.

        Raises:
            UserError: the file was changed meanwhile, or cannot be written.
        """
        await asyncio.to_thread(write_edit, self._path, planned)
        await self.adopt(planned.data, planned.schedules)

    async def is_written(self, digest: str) -> bool:
        """Tell whether the file is, character by character, the one that an edit of this digest makes."""
        return await asyncio.to_thread(lambda: self._path.exists() and digest_of(self._path.read_bytes()) == digest)

    def _describe(self, old: Schedules, new: Schedules) -> list[str]:
        """Return what changed, and advice that was not given before."""
        told, self._told = self._told, {one.message for one in self.advice}
        changes = describe_schedule_changes(old, new)
        fresh = [one for one in self.advice if one.message not in told]
        return changes + [f"提示：第 {one.line} 行 {one.message}" for one in fresh] if changes else []


def describe_schedule_changes(old: Schedules, new: Schedules) -> list[str]:
    """Return one line for each entry that was added, removed, moved or otherwise changed."""
    before, after = ({entry.id: entry for entry in schedules.entries} for schedules in (old, new))
    lines = [f"删除{_kind(entry)}「{name}」" for name, entry in before.items() if name not in after]
    for name, entry in after.items():
        if name not in before:
            lines.append(f"新增{_kind(entry)}「{name}」")
        elif changed := _changed_keys(before[name], entry):
            moved = "改期" if changed & _TIMING else "修改"
            titles = "、".join(_title(entry, key) for key in sorted(changed))
            lines.append(f"{moved}{_kind(entry)}「{name}」：{titles}")
    return lines


def is_about_session(line: str) -> bool:
    """Whether a line of `describe_schedule_changes` is about a training session."""
    return line[2:].startswith(_SESSION)


def _changed_keys(old: ScheduleEntry, new: ScheduleEntry) -> set[str]:
    before: dict[str, Any] = old.model_dump()
    after: dict[str, Any] = new.model_dump()
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def _title(entry: ScheduleEntry, key: str) -> str:
    field = type(entry).model_fields.get(key)
    return (field.title if field else None) or key


def _kind(entry: ScheduleEntry) -> str:
    return _SESSION if isinstance(entry, SessionEntry) else "通知"
