"""What a failed call means."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path

import pytest
from grpclib.const import Status
from grpclib.exceptions import GRPCError, StreamTerminatedError

from bot.errors import GatewayError, GatewayRefused, GatewayUnavailable, NotSupported, SendUncertain
from bot.gateway import wechaty_compat
from bot.gateway.wechaty_capabilities import KNOWN_PUPPETS, recognise
from bot.gateway.wechaty_errors import TokenRefused, explain
from bot.gateway.wechaty_lock import ClientLock
from bot.gateway.wechaty_settings import TlsSettings
from bot.gateway.wechaty_stub import find_peer

SEND, READ = "MessageSendText", "RoomPayload"


@pytest.mark.parametrize(
    ("rpc", "error", "was_sent", "meaning"),
    [
        (SEND, ConnectionRefusedError(), False, GatewayUnavailable),
        (SEND, TimeoutError(), False, GatewayUnavailable),
        (SEND, TimeoutError(), True, SendUncertain),
        (SEND, StreamTerminatedError("Connection lost"), True, SendUncertain),
        (SEND, EOFError(), True, SendUncertain),
        (SEND, GRPCError(Status.UNAVAILABLE), True, SendUncertain),
        (SEND, GRPCError(Status.UNKNOWN, "socket hang up"), True, SendUncertain),
        (SEND, GRPCError(Status.UNKNOWN, "not in this room"), True, GatewayRefused),
        (SEND, GRPCError(Status.NOT_FOUND), True, GatewayRefused),
        (SEND, GRPCError(Status.UNAUTHENTICATED, "Invalid Wechaty TOKEN"), True, TokenRefused),
        (READ, TimeoutError(), True, GatewayUnavailable),
        (READ, StreamTerminatedError(), True, GatewayUnavailable),
        (READ, GRPCError(Status.DEADLINE_EXCEEDED), True, GatewayUnavailable),
        (READ, GRPCError(Status.NOT_FOUND), True, GatewayRefused),
        ("RoomAnnounce", GRPCError(Status.UNIMPLEMENTED), True, NotSupported),
        ("RoomAnnounce", GRPCError(Status.UNKNOWN, "Wechaty Puppet Unsupported API Error."), True, NotSupported),
    ],
)
def test_a_failed_call_means(rpc: str, error: Exception, was_sent: bool, meaning: type[GatewayError]):
    assert type(explain(rpc, error, was_sent=was_sent)) is meaning


def test_a_refused_token_is_not_repeated_in_the_reason():
    error = GRPCError(Status.UNAUTHENTICATED, 'Invalid Wechaty TOKEN "puppet_secret"')
    assert "puppet_secret" not in str(explain(READ, error, was_sent=True))


@pytest.mark.parametrize(
    ("hint", "version", "account", "puppet"),
    [
        ("", "1.14.14", "@" + "0a" * 32, "wechat4u"),
        ("", "1.19.4<1.20.2>", "wxid_1", "mock"),
        ("", "qunzhi embedded 0.1", "bot", "embedded"),
        ("xp", "1.13.11", "wxid_1", "xp"),
        ("", "wechaty-puppet-padlocal 1.20", "wxid_1", "padlocal"),
        ("", "1.0 experimental", "wxid_1", ""),
        ("", "", "", ""),
    ],
)
def test_a_puppet_is_recognised(hint: str, version: str, account: str, puppet: str):
    assert recognise(hint, version, account) == puppet


def test_the_known_puppets_say_what_they_lack():
    assert "can_set_notice" in KNOWN_PUPPETS["wechat4u"].missing()
    assert "can_remove" in KNOWN_PUPPETS["xp"].missing()
    assert KNOWN_PUPPETS["padlocal"].missing() == []


def test_a_second_lock_on_the_same_gateway_is_refused_until_the_first_is_released(tmp_path: Path):
    first, second = ClientLock(tmp_path, "host:1", "t"), ClientLock(tmp_path, "host:1", "t")
    other = ClientLock(tmp_path, "host:2", "t")
    first.acquire()
    other.acquire()
    with pytest.raises(GatewayRefused, match=r"process \d+"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()
    other.release()
    assert all("t" not in path.stem.split("-")[1] for path in tmp_path.iterdir())


def test_settings_that_cannot_be_used_are_refused_at_once(tmp_path: Path):
    with pytest.raises(GatewayRefused, match="settings"):
        find_peer("host:port", "t", None)
    with pytest.raises(GatewayRefused, match="settings"):
        find_peer("host:1", "t", TlsSettings(ca_file=tmp_path / "missing.pem"))


def test_a_peer_does_not_show_its_token():
    assert "secret" not in repr(find_peer("host:1", "secret", None))


def test_the_packages_print_nothing(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]):
    for name in wechaty_compat.LOGGERS:
        logging.getLogger(name).error("a message text")
    assert caplog.text == ""
    assert capfd.readouterr().err == ""


async def test_a_call_that_is_cancelled_stays_cancelled():
    from bot.gateway.wechaty_stub import _apart

    task = asyncio.create_task(_apart(asyncio.sleep(60)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_lock_made_by_a_careful_user_can_be_taken_by_another_one(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        lock = ClientLock(tmp_path, "host:1", "t")
        lock.acquire()
    finally:
        os.umask(before)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o666
    lock.release()
    ClientLock(tmp_path, "host:1", "t").acquire()
    assert file.read_text() == str(os.getpid())
