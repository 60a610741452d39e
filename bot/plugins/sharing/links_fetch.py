"""Fetches a web page that a member named: few redirects, little time, few bytes, and never from our own network."""

from __future__ import annotations

import asyncio
import socket
import ssl
import zlib
from dataclasses import dataclass
from email.message import Message
from functools import cache
from urllib.parse import quote, urljoin, urlsplit

import h11

from bot import __version__
from bot.plugins.sharing.links_addresses import Allow, is_public

LARGEST_PAGE = 2 << 20  # bytes as they are sent
_LARGEST_UNPACKED = 8 << 20  # bytes; WeChat's own articles have three million
SECONDS = 10.0  # for everything together, redirects too
_MOST_REDIRECTS = 3
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/plain", "text/markdown"})
_PIECE = 1 << 16
_GZIP = 31  # zlib's window bits for gzip
_OK, _LOCKED, _GONE = 200, frozenset({401, 402, 403, 407, 451}), frozenset({404, 410})
_KEPT = "/?&=%:@!$'()*+,;~-._[]"  # signs of a path that are written as they are

INSIDE = "这个链接指向内网地址，不能收录。"
NO_ADDRESS = "这个链接的网址不对，请检查后再发。"
UNKNOWN_HOST = "找不到这个网站，请检查网址后再发。"
TOO_SLOW = "这个网页太久没有打开，请稍后再试，或者直接把正文发出来。"
TOO_LARGE = "这个网页太大了（超过 2 MB），请直接把正文发出来。"
TOO_FAR = "这个链接转来转去打不开，请发最后那个网址。"
BROKEN = "这个网页没有传完整，请稍后再试。"
UNREACHABLE = "这个网站连不上，请稍后再试，或者直接把正文发出来。"
LOCKED = "这个网页要登录才能看，请直接把正文发出来。"
GONE = "这个网页已经不在了，请检查网址。"
NO_PAGE = "这个链接不是网页，是文件的话请直接发到群里。"


class LinkError(Exception):
    """A link cannot be read; the text is what the member is told."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server sent.

    Attributes:
        address: where it was in the end.
        data: the bytes, unpacked.
        media_type: without parameters.
        charset: as the server told it, or empty.
    """

    address: str
    data: bytes
    media_type: str
    charset: str


@dataclass(frozen=True, slots=True)
class _Target:
    """A web address in the form it is asked for.

    Attributes:
        scheme: http or https.
        host: in ASCII.
        port: of the connection.
        path: with the query, percent-encoded.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def address(self) -> str:
        """The whole address."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


async def fetch(address: str, allow: Allow = is_public, seconds: float = SECONDS) -> Fetched:
    """Return what stands at a web address.

    Args:
        address: http or https.
        allow: which addresses of the network may be reached.
        seconds: for everything together.

    Raises:
        LinkError: it cannot be read, or must not.
    """
    try:
        async with asyncio.timeout(seconds):
            for _ in range(_MOST_REDIRECTS + 1):
                found = await _fetch_once(_read_address(address), allow)
                if isinstance(found, Fetched):
                    return found
                address = found
    except TimeoutError as error:
        raise LinkError(TOO_SLOW) from error
    except (h11.RemoteProtocolError, zlib.error) as error:
        raise LinkError(BROKEN) from error
    except OSError as error:
        raise LinkError(UNREACHABLE) from error
    raise LinkError(TOO_FAR)


def _read_address(address: str) -> _Target:
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname or "", parts.port
        host = host if ":" in host else host.encode("idna").decode("ascii")
    except ValueError as error:
        raise LinkError(NO_ADDRESS) from error
    if parts.scheme not in _PORTS or not host or parts.username is not None:
        raise LinkError(NO_ADDRESS)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Target(parts.scheme, host, port or _PORTS[parts.scheme], quote(path, safe=_KEPT))


async def _fetch_once(target: _Target, allow: Allow) -> Fetched | str:
    """Return what stands there, or where it has moved."""
    reader, writer = await _connect(target, allow)
    try:
        return await _ask(target, reader, writer)
    finally:
        writer.close()


async def _connect(target: _Target, allow: Allow) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the very address that was found allowed: a name that changes its mind leads nowhere else."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise LinkError(UNKNOWN_HOST) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not all(allow(one, target.port) for one in addresses):
        raise LinkError(INSIDE)
    is_secret = target.scheme == "https"
    tls = await asyncio.to_thread(_make_tls) if is_secret else None
    name = target.host if is_secret else None
    try:
        return await asyncio.open_connection(addresses[0], target.port, ssl=tls, server_hostname=name)
    except OSError:
        if len(addresses) == 1:
            raise
        return await asyncio.open_connection(addresses[-1], target.port, ssl=tls, server_hostname=name)


@cache
def _make_tls() -> ssl.SSLContext:
    return ssl.create_default_context()


async def _ask(target: _Target, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Fetched | str:
    connection = h11.Connection(h11.CLIENT)
    headers = [
        ("Host", target.authority),
        ("User-Agent", f"qunzhi/{__version__} (reads a link for a chat group)"),
        ("Accept", ", ".join(sorted(_TYPES))),
        ("Accept-Encoding", "gzip"),
        ("Connection", "close"),
    ]
    request = h11.Request(method="GET", target=target.path, headers=headers)
    writer.write((connection.send(request) or b"") + (connection.send(h11.EndOfMessage()) or b""))
    await writer.drain()
    head = await _next_event(connection, reader)
    while isinstance(head, h11.InformationalResponse):
        head = await _next_event(connection, reader)
    if not isinstance(head, h11.Response):
        raise LinkError(BROKEN)
    told = {name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in head.headers}
    if head.status_code in _REDIRECTS and told.get("location"):
        return urljoin(target.address, told["location"])
    media_type, charset = _check_head(head.status_code, told)
    is_packed = told.get("content-encoding", "").lower() in {"gzip", "x-gzip"}
    return Fetched(target.address, await _read_body(connection, reader, is_packed=is_packed), media_type, charset)


def _check_head(status: int, told: dict[str, str]) -> tuple[str, str]:
    """Return media type and charset of a page that can be read."""
    if status in _LOCKED:
        raise LinkError(LOCKED)
    if status in _GONE:
        raise LinkError(GONE)
    if status != _OK:
        raise LinkError(UNREACHABLE)
    message = Message()
    message["content-type"] = told.get("content-type", "text/html")
    media_type = message.get_content_type()
    if media_type not in _TYPES:
        raise LinkError(NO_PAGE)
    return media_type, message.get_content_charset("")


async def _read_body(connection: h11.Connection, reader: asyncio.StreamReader, *, is_packed: bool) -> bytes:
    """Return the body; what was packed small to fill our memory is given up as soon as it is too large."""
    unpacker = zlib.decompressobj(_GZIP) if is_packed else None
    body, sent = bytearray(), 0
    while isinstance(event := await _next_event(connection, reader), h11.Data):
        piece = bytes(event.data)
        sent += len(piece)
        body += unpacker.decompress(piece, _LARGEST_UNPACKED + 1 - len(body)) if unpacker else piece
        if sent > LARGEST_PAGE or len(body) > _LARGEST_UNPACKED:
            raise LinkError(TOO_LARGE)
    return bytes(body)


async def _next_event(connection: h11.Connection, reader: asyncio.StreamReader) -> object:
    while (event := connection.next_event()) is h11.NEED_DATA:
        connection.receive_data(await reader.read(_PIECE))
    return event
