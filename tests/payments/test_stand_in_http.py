"""How stand-ins listen."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from bot.payments.stand_in_http import LoopbackServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/slip":
            raise LookupError("a slip of the stand-in")
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    server = LoopbackServer(Handler)
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("error", [ConnectionResetError(), BrokenPipeError()])
def test_a_client_that_hangs_up_is_no_news(
    server: LoopbackServer, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    with socket.create_connection(("127.0.0.1", server.server_port)) as client:
        try:
            raise error
        except ConnectionError:
            server.handle_error(client, client.getsockname())
    assert capsys.readouterr().err == ""


def test_a_slip_is_told(server: LoopbackServer, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConnectionError):
        urllib.request.urlopen(f"{server.url}/slip")
    assert "a slip of the stand-in" in capsys.readouterr().err
