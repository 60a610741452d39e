"""Logs: JSON lines in a rotating file and short lines on stderr; no secrets, message texts only on request."""

from __future__ import annotations

import json
import logging
import queue
from collections.abc import Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from bot.log_redaction import Redactor

if TYPE_CHECKING:
    from typing import TextIO

    from bot.config_model import LogConfig

_EMPTY: Final[Mapping[str, str]] = MappingProxyType({})
_context: ContextVar[Mapping[str, str]] = ContextVar("log_context", default=_EMPTY)
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "context", "taskName"}
_OWN: Final = "bot"
_FILE_NAME: Final = "bot.log"
_TEXT: Final = "text"  # the one extra field that holds what a member wrote


class log_context:  # noqa: N801 - used like a function; a generator would cost every message more
    """Bind names to every record logged inside, also by what is called or awaited there.

    Args:
        names: `message_id`, `room`, `plugin` …; empty ones are left out.
    """

    __slots__ = ("_names", "_token")

    def __init__(self, **names: str) -> None:
        self._names = names

    def __enter__(self) -> None:
        names = self._names
        if not all(names.values()):
            names = {name: value for name, value in names.items() if value}
        self._token = _context.set({**_context.get(), **names})

    def __exit__(self, *_: object) -> None:
        _context.reset(self._token)


class LogSink:
    """Where the records go. Writing happens on a thread of its own, so a slow disk never holds up the bot.

    Args:
        settings: level, size, texts.
        folder: of the log file; made when missing.
        console: gets the short lines; None for none.
        secrets: values that must never be written, as the gateway's token.

    Raises:
        OSError: the folder or the file cannot be written.
    """

    def __init__(
        self, settings: LogConfig, folder: Path, *, console: TextIO | None = None, secrets: Sequence[str] = ()
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / _FILE_NAME
        file = _CalmFileHandler(
            self.path, maxBytes=int(settings.max_megabytes * 1_000_000), backupCount=settings.backups, encoding="utf-8"
        )
        file.setFormatter(JsonFormatter())
        handlers: list[logging.Handler] = [file]
        if console is not None:
            short = logging.StreamHandler(console)
            short.setFormatter(ShortFormatter())
            handlers.append(short)
        records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
        self._entrance = _Entrance(records, Redactor(secrets))
        self._listener = QueueListener(records, *handlers)
        self._handlers = handlers
        self._is_running = False
        self.apply(settings)

    def start(self) -> None:
        """Take over what the root logger gets."""
        logging.getLogger().addHandler(self._entrance)
        self._listener.start()
        self._is_running = True

    def apply(self, settings: LogConfig) -> None:
        """Follow changed settings: the level and whether texts are written; sizes count from the next start."""
        self._entrance.with_texts = settings.texts
        self._entrance.setLevel(settings.level.upper())
        logging.getLogger().setLevel(logging.WARNING)  # libraries tell message texts at the levels below
        logging.getLogger(_OWN).setLevel(settings.level.upper())

    def stop(self) -> None:
        """Write what is left and close the file; a second call does nothing."""
        if not self._is_running:
            return
        self._is_running = False
        logging.getLogger().removeHandler(self._entrance)
        self._listener.stop()
        for handler in self._handlers:
            handler.close()


class _Entrance(QueueHandler):
    """Binds the context and takes out secrets and texts where the record is made, then hands it to the thread."""

    def __init__(self, records: queue.SimpleQueue[logging.LogRecord], redactor: Redactor) -> None:
        super().__init__(records)
        self.with_texts = False
        self._redactor = redactor

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Return a copy that holds nothing but text."""
        clean = self._redactor.clean
        copy = logging.makeLogRecord({})
        copy.name, copy.levelno, copy.levelname, copy.created = (
            record.name, record.levelno, record.levelname, record.created,
        )  # fmt: skip
        copy.msg = clean(record.getMessage())
        extra = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        copy.context = {key: clean(str(value)) for key, value in {**_context.get(), **self._allowed(extra)}.items()}
        if record.exc_info:
            copy.exc_text = clean(logging.Formatter().formatException(record.exc_info))
        return copy

    def _allowed(self, extra: dict[str, Any]) -> dict[str, Any]:
        text = extra.get(_TEXT)
        if text is None or self.with_texts:
            return extra
        return {key: value for key, value in extra.items() if key != _TEXT} | {"text_length": len(str(text))}


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at, level, logger, message, then the context, then the error."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), "logger": record.name, "message": record.msg}
        line |= getattr(record, "context", {})
        if record.exc_text:
            line["error"] = record.exc_text
        return json.dumps(line, ensure_ascii=False)


class ShortFormatter(logging.Formatter):
    """A line for a person at the terminal: local time, level, what, and of an error only its last line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created, UTC).astimezone()
        context = " ".join(f"{key}={value}" for key, value in getattr(record, "context", {}).items())
        error = (record.exc_text or "").strip().rsplit("\n", maxsplit=1)[-1]
        parts = (f"{at:%H:%M:%S}", f"{record.levelname:<7}", record.name.removeprefix(f"{_OWN}."), record.msg)
        return " ".join(filter(None, (*parts, context and f"[{context}]", error and f"| {error}")))


class _CalmFileHandler(RotatingFileHandler):
    """A full disk must not flood the terminal with tracebacks about logging."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base class's name
        """Lose the record: there is nowhere left to say so."""

    def close(self) -> None:
        """Close the file, also when what is left cannot be written."""
        with suppress(OSError):
            super().close()
