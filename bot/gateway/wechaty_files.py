"""Files in and out: the service hands over file boxes, small ones with the bytes inside, large ones by reference."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
import mimetypes
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from bot.errors import GatewayRefused, GatewayUnavailable, NotSupported
from bot.gateway.wechaty_client import PuppetClient
from bot.model import FileContent

LARGEST_OUT = 25_000_000  # bytes; what the gateway protocol promises
LARGEST_IN = 100_000_000  # bytes; larger ones would only fill the memory
LARGEST_INSIDE = 20 * 1024  # bytes; the service's own threshold (wechaty-puppet-service, normalize-filebox.ts)
LARGEST_INSIDE_OLD = 3_000_000  # bytes; base64 of it stays below gRPC's 4 MiB a message
CHUNK = 256 * 1024  # bytes of a piece going up
FETCH_TIMEOUT = 60.0  # seconds for a file the service names by its web address

_BASE64, _URL, _QR_CODE, _UUID = 1, 2, 3, 7  # FileBoxType of npm file-box 1.5


async def pack(client: PuppetClient, file: FileContent) -> str:
    """Return the file as a box for `MessageSendFile`, uploaded first when it is large.

    Raises:
        GatewayRefused: it is too large.
        GatewayUnavailable: it could not be uploaded; nothing was sent.
    """
    if len(file.data) > LARGEST_OUT:
        raise GatewayRefused(f"file of {len(file.data)} bytes is over {LARGEST_OUT}")
    if len(file.data) <= LARGEST_INSIDE:
        return _box(file, _BASE64, base64=base64.b64encode(file.data).decode())
    try:
        return _box(file, _UUID, uuid=await client.upload(_pieces(file.data)))
    except NotSupported as error:
        if len(file.data) > LARGEST_INSIDE_OLD:
            raise GatewayRefused(f"this gateway takes no files over {LARGEST_INSIDE_OLD} bytes") from error
        return _box(file, _BASE64, base64=base64.b64encode(file.data).decode())


def _pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), CHUNK):
        yield data[start : start + CHUNK]


def _box(file: FileContent, kind: int, **content: str) -> str:
    """Return the JSON of a box; `boxType` is what services before file-box 1.0 read."""
    media_type = file.media_type or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    common = {
        "type": kind,
        "boxType": kind,
        "name": file.name,
        "size": len(file.data),
        "md5": hashlib.md5(file.data, usedforsecurity=False).hexdigest(),
        "mediaType": media_type,
        "metadata": {},
    }
    return json.dumps(common | content, ensure_ascii=False)


async def unpack(client: PuppetClient, box: str, limit: int = LARGEST_IN) -> FileContent:
    """Return the file a box stands for.

    Args:
        client: where files are kept that travel by reference.
        box: as JSON.
        limit: bytes of the largest file that is taken.

    Raises:
        GatewayRefused: the box cannot be read, or the file is gone or too large.
        GatewayUnavailable: it could not be fetched now.
    """
    try:
        fields = json.loads(box)
        data = await _content(client, fields, limit)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise GatewayRefused(f"the gateway's file cannot be read: {error}") from error
    name = str(fields.get("name") or "file.dat")
    media_type = str(fields.get("mediaType") or mimetypes.guess_type(name)[0] or "application/octet-stream")
    return FileContent(name=name, data=data, media_type=media_type)


async def _content(client: PuppetClient, fields: dict[str, Any], limit: int) -> bytes:
    kind = fields.get("type") or fields.get("boxType")
    if kind == _UUID:
        return await client.download(fields["uuid"], limit)
    if kind == _BASE64:
        return base64.b64decode(fields["base64"], validate=True)
    if kind == _URL:
        address = fields.get("url") or fields["remoteUrl"]
        return await asyncio.to_thread(_fetch, address, fields.get("headers") or {}, limit)
    if kind == _QR_CODE:
        return str(fields["qrCode"]).encode()
    raise ValueError(f"box of kind {kind}")


def _fetch(address: str, headers: dict[str, Any], limit: int) -> bytes:
    """Return what stands at a web address.

    Raises:
        ValueError: it is no web address or longer than allowed.
        GatewayUnavailable: it cannot be fetched.
    """
    if urlsplit(address).scheme not in {"http", "https"}:
        raise ValueError("no web address")
    request = urllib.request.Request(address, headers={key: str(value) for key, value in headers.items()})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=FETCH_TIMEOUT) as answer:  # noqa: S310  # scheme checked above
            data: bytes = answer.read(limit + 1)
    except OSError as error:
        raise GatewayUnavailable(f"file cannot be fetched: {type(error).__name__}") from error
    if len(data) > limit:
        raise ValueError(f"longer than {limit} bytes")
    return data
