"""Edits of `schedules.yaml` from the chat: what was written by hand stays, and the result is read before it counts."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path as FilePath
from typing import Any, Final

import yaml

from bot.config_yaml import Document, Path, Value, read_document
from bot.errors import Fault, UserError
from bot.schedule_model import Schedules
from bot.schedule_review import review_schedules
from bot.schedule_text import NotEditable, append_item, drop_item, drop_key, set_key

_BOM: Final = b"\xef\xbb\xbf"
_MODE: Final = 0o644
_BY_HAND: Final = "schedules.yaml 里这一段的写法比较特别，请直接在文件里改。"


@dataclass(frozen=True, slots=True)
class AddSession:
    """A new training session or series.

    Attributes:
        values: keys and values as they are written in the file.
    """

    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RemoveEntry:
    """A session, series or announcement is taken out."""

    id: str


@dataclass(frozen=True, slots=True)
class MoveEntry:
    """A one-off gets another time.

    Attributes:
        starts: by the entry's clock, without zone.
    """

    id: str
    starts: datetime


@dataclass(frozen=True, slots=True)
class ExceptDay:
    """One day of a series does not take place.

    Attributes:
        day: by which it is known; where it was moved to does not matter.
    """

    id: str
    day: date


@dataclass(frozen=True, slots=True)
class MoveDay:
    """One day of a series takes place at another time.

    Attributes:
        day: by which it is known.
        starts: by the entry's clock, without zone.
    """

    id: str
    day: date
    starts: datetime


ScheduleEdit = AddSession | RemoveEntry | MoveEntry | ExceptDay | MoveDay


@dataclass(frozen=True, slots=True)
class PlannedEdit:
    """A file as it would be after an edit.

    Attributes:
        before: digest of the file that was edited; empty when there was none.
        digest: of the file as it would be.
        data: its bytes.
        schedules: what it says.
        advice: about what was edited.
    """

    before: str
    digest: str
    data: bytes = field(repr=False)
    schedules: Schedules = field(repr=False)
    advice: tuple[Fault, ...] = ()


def digest_of(data: bytes) -> str:
    """Return what tells one content of the file from another."""
    return hashlib.sha256(data).hexdigest()


def plan_edit(file: FilePath, edit: ScheduleEdit, timezone: str, now: datetime) -> PlannedEdit:
    """Return the file as it would be, having read it to be sure that nothing else changes.

    Args:
        file: need not exist yet.
        edit: what to do.
        timezone: for a file that names none.
        now: aware.

    Raises:
        UserError: it cannot be done; the text says what to do instead.
    """
    data = file.read_bytes() if file.exists() else b""
    before = review_schedules(file.name, data, timezone, now)
    if before.faults:
        raise UserError(f"schedules.yaml 现在有错，请先改好：第 {before.faults[0].line} 行 {before.faults[0].message}")
    new = edit_bytes(file.name, data, edit)
    review = review_schedules(file.name, new, timezone, now)
    if review.schedules is None or review.faults:
        raise UserError(f"这样写不进去：{review.faults[0].message}")
    known = {one.message for one in before.advice}
    advice = tuple(one for one in review.advice if one.message not in known)
    return PlannedEdit(digest_of(data) if data else "", digest_of(new), new, review.schedules, advice)


def edit_bytes(name: str, data: bytes, edit: ScheduleEdit) -> bytes:
    """Return the bytes of a file after an edit; whatever else it says stays as it is written.

    Raises:
        UserError: there is no such entry, or it is written in a way that is not changed here.
    """
    document, _ = read_document(name, data)
    wanted = deepcopy(document.value)
    text = data.decode("utf-8-sig")
    try:
        for step in _steps(document, edit):
            text = step.write(text)
            step.apply(wanted)
        new = (_BOM if data.startswith(_BOM) else b"") + text.encode()
        found, faults = read_document(name, new)
    except (NotEditable, yaml.YAMLError) as error:
        raise UserError(_BY_HAND) from error
    if faults or _without_nothing(found.value) != _without_nothing(wanted):
        raise UserError(_BY_HAND)
    return new


def _without_nothing(value: dict[str, Value]) -> dict[str, Value]:
    """Drop sections without anything in them: `sessions:` and `sessions: []` say the same."""
    return {key: item for key, item in value.items() if item not in (None, [])}


@dataclass(frozen=True, slots=True)
class _Step:
    """One change in one place: `value` set, or dropped when it is None; `key` None appends to the list at `path`."""

    path: Path
    key: str | int | None
    value: Any = None

    def write(self, text: str) -> str:
        """Change the text."""
        if self.key is None:
            return append_item(text, self.path, self.value)
        if isinstance(self.key, int):
            return drop_item(text, self.path, self.key)
        return (
            drop_key(text, self.path, self.key)
            if self.value is None
            else set_key(text, self.path, self.key, self.value)
        )

    def apply(self, value: Any) -> None:  # noqa: ANN401 - values of a settings file
        """Change the values in the same way."""
        if self.key is None:
            top = self.path[0]
            if len(self.path) == 1 and not value.get(top):
                value[top] = []
        for part in self.path:
            value = value[part]
        if self.key is None:
            value.append(self.value)
        elif self.value is None:
            del value[self.key]
        else:
            value[self.key] = self.value


def _steps(document: Document, edit: ScheduleEdit) -> list[_Step]:
    if isinstance(edit, AddSession):
        return [_Step(("sessions",), None, edit.values)]
    path, entry = _find_entry(document, edit.id)
    if isinstance(edit, RemoveEntry):
        return [_Step(path[:1], path[1])]
    if isinstance(edit, MoveEntry):
        return [_Step(path, "starts", f"{edit.starts:%Y-%m-%d %H:%M}")]
    day, moved = str(edit.day), entry.get("moved")
    known = moved if isinstance(moved, dict) else {}
    if isinstance(edit, ExceptDay):
        return [*_forget_move(path, day, known), *_add_exception(path, day, entry.get("except"))]
    written = f"{edit.starts:%Y-%m-%d %H:%M}"
    return [_Step((*path, "moved"), day, written) if known else _Step(path, "moved", {day: written})]


def _forget_move(path: Path, day: str, moved: dict[str, Value]) -> list[_Step]:
    if day not in moved:
        return []
    return [_Step((*path, "moved"), day)] if len(moved) > 1 else [_Step(path, "moved")]


def _add_exception(path: Path, day: str, known: Value) -> list[_Step]:
    if isinstance(known, list) and known:
        return [_Step((*path, "except"), None, day)]
    return [_Step(path, "except", [known, day] if isinstance(known, str) else [day])]


def _find_entry(document: Document, entry_id: str) -> tuple[Path, dict[str, Value]]:
    for section in ("sessions", "announcements"):
        entries = document.value.get(section)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict) and entry.get("id") == entry_id:
                return (section, index), entry
    raise UserError(f"schedules.yaml 里没有「{entry_id}」了，可能刚被改过，发送「课表」看看。")


def write_edit(file: FilePath, planned: PlannedEdit) -> None:
    """Put an edited file in the place of the old one, whole or not at all.

    Raises:
        UserError: it was changed by somebody else meanwhile, or cannot be written.
    """
    file = file.resolve()  # what a link points to is replaced, not the link
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "wb") as temporary:
                temporary.write(planned.data)
                temporary.flush()
                os.fsync(temporary.fileno())
            FilePath(name).chmod(stat.S_IMODE(file.stat().st_mode) if file.exists() else _MODE)
            _replace(FilePath(name), file, planned.before)
        finally:
            FilePath(name).unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"schedules.yaml 写不进去（{error.strerror}），请检查文件和目录的权限。") from error


def _replace(new: FilePath, file: FilePath, before: str) -> None:
    data = file.read_bytes() if file.exists() else b""
    if (digest_of(data) if data else "") != before:
        raise UserError("schedules.yaml 刚被别人改过，这次没有写，请再发一次。")
    new.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
