"""File boxes of every kind, in and out."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from bot.errors import GatewayRefused, GatewayUnavailable, NotSupported
from bot.gateway.wechaty_files import CHUNK, LARGEST_INSIDE, LARGEST_OUT, pack, unpack
from bot.model import FileContent


class Store:
    """The part of a service that keeps files."""

    def __init__(self, *, can_upload: bool = True) -> None:
        self.files: dict[str, bytes] = {}
        self.pieces: list[int] = []
        self.can_upload = can_upload

    async def upload(self, chunks: Iterable[bytes]) -> str:
        if not self.can_upload:
            raise NotSupported("Upload")
        pieces = list(chunks)
        self.pieces = [len(piece) for piece in pieces]
        self.files["uuid-1"] = b"".join(pieces)
        return "uuid-1"

    async def download(self, file_id: str, limit: int) -> bytes:
        return self.files[file_id]


async def pack_box(store: Any, size: int, name: str = "讲义.pdf") -> dict[str, Any]:
    box: dict[str, Any] = json.loads(await pack(store, FileContent(name, bytes(size))))
    return box


async def test_a_small_file_travels_inside_the_box():
    box = await pack_box(Store(), LARGEST_INSIDE)
    assert (box["type"], box["boxType"], box["name"], box["mediaType"]) == (1, 1, "讲义.pdf", "application/pdf")
    assert base64.b64decode(box["base64"]) == bytes(LARGEST_INSIDE)


async def test_a_large_file_is_uploaded_in_pieces():
    store = Store()
    box = await pack_box(store, 2 * CHUNK + 5)
    assert (box["type"], box["uuid"], box["size"]) == (7, "uuid-1", 2 * CHUNK + 5)
    assert store.pieces == [CHUNK, CHUNK, 5]


async def test_a_service_without_upload_gets_what_fits_a_message():
    assert (await pack_box(Store(can_upload=False), 1_000_000))["type"] == 1
    with pytest.raises(GatewayRefused):
        await pack_box(Store(can_upload=False), 4_000_000)


async def test_a_file_over_the_limit_is_refused():
    with pytest.raises(GatewayRefused):
        await pack_box(Store(), LARGEST_OUT + 1)


@pytest.mark.parametrize("kind", ["type", "boxType"])
async def test_boxes_of_both_generations_are_read(kind: str):
    store: Any = Store()
    store.files["u"] = b"big"
    inside = json.dumps({kind: 1, "base64": "c21hbGw=", "name": "a.txt"})
    kept = json.dumps({kind: 7, "uuid": "u", "name": "b.png"})
    assert await unpack(store, inside) == FileContent("a.txt", b"small", "text/plain")
    assert await unpack(store, kept) == FileContent("b.png", b"big", "image/png")
    code = await unpack(store, json.dumps({kind: 3, "qrCode": "https://u.wechat.com/x"}))
    assert code.data == b"https://u.wechat.com/x"


@pytest.mark.parametrize(
    "box",
    [
        "", "[]", "{}", '{"type": 9}', '{"type": 7, "uuid": "missing"}', '{"type": 1, "base64": "***"}',
        '{"type": 2, "url": "file:///etc/passwd"}', '{"type": 2, "url": 5}',
    ],
)  # fmt: skip
async def test_a_box_that_makes_no_sense_is_refused(box: str):
    store: Any = Store()
    with pytest.raises(GatewayRefused):
        await unpack(store, box)


@pytest.fixture
def web() -> Iterator[str]:
    """A web server that gives its picture only to who shows the cookie."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            allowed = self.headers["Cookie"] == "k=v"
            self.send_response(200 if allowed else 403)
            self.end_headers()
            self.wfile.write(b"picture" if allowed else b"")

        def log_message(self, *_: Any) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/a.jpg"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("key", ["url", "remoteUrl"])
async def test_a_file_on_the_web_is_fetched_with_its_headers(web: str, key: str):
    store: Any = Store()
    box = {"type": 2, key: web, "name": "a.jpg", "headers": {"Cookie": "k=v"}}
    assert (await unpack(store, json.dumps(box))).data == b"picture"
    with pytest.raises(GatewayUnavailable):
        await unpack(store, json.dumps(box | {"headers": {}}))
