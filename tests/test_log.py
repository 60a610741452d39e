"""What is written down, and what never is."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import VirtualClock
from bot.config_model import LogConfig
from bot.log import LogSink, log_context
from bot.log_redaction import Redactor
from bot.model import Room
from bot.supervisor import Supervisor

log = logging.getLogger("bot.test_log")


class Written:
    """A running sink and what it wrote."""

    def __init__(self, folder: Path, settings: LogConfig) -> None:
        self.console = io.StringIO()
        self.sink = LogSink(settings, folder, console=self.console, secrets=["hunter2-token"])
        self.sink.start()
        self.folder = folder

    def lines(self) -> list[dict[str, str]]:
        self.sink.stop()
        return [json.loads(line) for line in self.sink.path.read_text(encoding="utf-8").splitlines()]


def fail_with(error: Exception) -> None:
    raise error


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Written]:
    written = Written(tmp_path / "log", LogConfig())
    yield written
    written.sink.stop()


def test_every_record_inside_a_context_carries_its_names(written: Written) -> None:
    with log_context(message_id="m1", room="Python学习群"), log_context(plugin="checkin"):
        log.info("handled in %d ms", 12)
    log.info("outside")
    first, second = written.lines()
    assert first["message"] == "handled in 12 ms"
    assert (first["message_id"], first["room"], first["plugin"]) == ("m1", "Python学习群", "checkin")
    assert first["level"] == "info"
    assert first["logger"] == "bot.test_log"
    assert first["at"].endswith("+00:00")
    assert "message_id" not in second


async def test_contexts_of_concurrent_tasks_stay_apart(written: Written) -> None:
    async def handle(message_id: str) -> None:
        with log_context(message_id=message_id):
            await asyncio.sleep(0)
            log.info("task %s", message_id)

    await asyncio.gather(*(handle(f"m{number}") for number in range(20)))
    lines = written.lines()
    assert len(lines) == 20
    assert all(line["message"] == f"task {line['message_id']}" for line in lines)


async def test_what_a_plugin_logs_and_how_it_fails_carry_message_room_and_plugin(written: Written) -> None:
    async def handler() -> None:
        log.info("looked up")
        fail_with(ZeroDivisionError())

    supervisor = Supervisor(VirtualClock(datetime(2026, 12, 1, tzinfo=UTC)))
    await supervisor.call("checkin", Room("r1", "Python学习群"), "m7", handler)
    lines = written.lines()
    assert [line["message"] for line in lines] == ["looked up", "handler failed"]
    assert {(line["message_id"], line["room"], line["plugin"]) for line in lines} == {("m7", "r1", "checkin")}
    assert "ZeroDivisionError" in lines[1]["error"]


def test_message_texts_are_left_out_and_their_length_is_kept(written: Written) -> None:
    log.info("received", extra={"text": "我的密码是什么"})
    (line,) = written.lines()
    assert line["text_length"] == "7"
    assert "密码" not in json.dumps(line, ensure_ascii=False)


def test_message_texts_are_written_when_the_owner_asks_for_them(tmp_path: Path) -> None:
    written = Written(tmp_path, LogConfig(texts=True))
    log.info("received", extra={"text": "你好"})
    assert written.lines()[0]["text"] == "你好"


def test_secrets_are_hidden_in_messages_contexts_and_tracebacks(written: Written) -> None:
    with log_context(room="call 13812345678"):
        try:
            fail_with(RuntimeError("refused token=abcdef123 for hunter2-token"))
        except RuntimeError:
            log.exception("connect failed Authorization: Bearer abc.def.ghi")
    content = json.dumps(written.lines(), ensure_ascii=False) + written.console.getvalue()
    for secret in ("abcdef123", "hunter2", "abc.def", "138123456"):
        assert secret not in content
    assert "***78" in content
    assert "RuntimeError" in content


def test_the_terminal_gets_one_short_line_and_no_traceback(written: Written) -> None:
    try:
        fail_with(ValueError("broken"))
    except ValueError:
        with log_context(message_id="m9"):
            log.exception("handler failed")
    written.sink.stop()
    line = written.console.getvalue()
    assert line.count("\n") == 1
    assert "Traceback" not in line
    assert "test_log handler failed [message_id=m9] | ValueError: broken" in line


def test_libraries_are_heard_from_warnings_up(written: Written) -> None:
    logging.getLogger("some_library").info("wechaty tells a text here")
    logging.getLogger("some_library").warning("wechaty warns")
    assert [line["message"] for line in written.lines()] == ["wechaty warns"]


def test_a_changed_level_is_followed_at_once(written: Written) -> None:
    log.debug("not yet")
    written.sink.apply(LogConfig(level="debug"))
    log.debug("now")
    assert [line["message"] for line in written.lines()] == ["now"]


def test_a_full_file_is_rotated_and_only_so_many_are_kept(tmp_path: Path) -> None:
    written = Written(tmp_path, LogConfig(max_megabytes=0.001, backups=2))
    for number in range(60):
        log.info("a line of some length to fill the file, number %d", number)
    written.sink.stop()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["bot.log", "bot.log.1", "bot.log.2"]


def test_a_full_disk_loses_the_record_without_a_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bot.log").symlink_to("/dev/full")
    sink = LogSink(LogConfig(), tmp_path)
    sink.start()
    log.info("lost")
    sink.stop()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("token=abc123", "token=***"),
        ('{"api_key": "zzz"}', '{"api_key": ***}'),
        ("WECHATY_PUPPET_SERVICE_TOKEN: puppet_workpro_0123456789", "WECHATY_PUPPET_SERVICE_TOKEN: ***"),
        ("got puppet_workpro_0123456789ab", "got puppet_workpro_***"),
        ("电话 138-1234-5678 请拨打", "电话 ***78 请拨打"),
        ("postgres://bot:pa55@host/db", "postgres://***@host/db"),
        ("id 110101199003070011", "id ***"),
        ("Authorization: Bearer abcdefgh", "Authorization: Bearer ***"),
    ],
)
def test_secrets_are_recognised_by_their_shape(text: str, cleaned: str) -> None:
    assert Redactor().clean(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "sent id=01kb9z3n5x in 1763760000123 ms",
        "1763760000 seconds",
        "order 20261121000123456",
        "bytes=13812345678901234",
        "tokens per second: 3",
        "room=Python学习群 count=12",
    ],
)
def test_ids_and_numbers_of_everyday_logs_are_left_alone(text: str) -> None:
    assert Redactor().clean(text) == text


@given(st.text(min_size=6, max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_a_known_secret_never_survives(secret: str, before: str, after: str) -> None:
    assert secret not in Redactor([secret]).clean(before + secret + after) or secret in "***"
