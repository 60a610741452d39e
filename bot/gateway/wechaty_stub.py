"""Calls to a puppet service that end in time and fail with the bot's own errors."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from betterproto import Message
from grpclib.client import Channel, StreamUnaryMethod
from grpclib.config import Configuration
from grpclib.const import Cardinality
from grpclib.exceptions import GRPCError
from wechaty_grpc.wechaty import PuppetStub
from wechaty_puppet import WechatyPuppetError
from wechaty_puppet_service.utils import extract_host_and_port

from bot.errors import GatewayRefused
from bot.gateway import wechaty_compat  # noqa: F401  # turns their logging off
from bot.gateway.wechaty_errors import TRANSPORT_ERRORS, describe, explain
from bot.gateway.wechaty_settings import Timings, TlsSettings
from bot.gateway.wechaty_wire import SERVICE, Chunk, Id

T = TypeVar("T")

_TOKEN = re.compile(r"[!-~]*")  # what fits into an HTTP/2 header; some services take an empty one


@dataclass(frozen=True, slots=True)
class Peer:
    """The service to talk to.

    Attributes:
        host: name or address.
        port: TCP port.
        token: what it knows us by.
        context: how to speak TLS; None for plaintext.
        server_name: name in its certificate.
    """

    host: str
    port: int
    token: str = field(repr=False)
    context: ssl.SSLContext | None = None
    server_name: str | None = None


def find_peer(endpoint: str, token: str, tls: TlsSettings | None) -> Peer:
    """Return the service named by the owner's settings.

    Raises:
        GatewayRefused: the settings cannot be used.
    """
    if not _TOKEN.fullmatch(token):
        raise GatewayRefused("WECHATY_PUPPET_SERVICE_TOKEN is no token: tokens are letters, digits and signs")
    try:
        host, port = extract_host_and_port(endpoint)
        if tls is None:
            return Peer(host, port, token)
        return Peer(host, port, token, _tls_context(tls), tls.server_name)
    except (OSError, ValueError, WechatyPuppetError) as error:
        raise GatewayRefused(f"the gateway's settings cannot be used: {describe(error)}") from error


def _tls_context(tls: TlsSettings) -> ssl.SSLContext:
    if tls.ca_file is not None and not tls.ca_file.is_file():
        raise GatewayRefused(f"the file with the gateway's authority is missing: {tls.ca_file}")
    context = ssl.create_default_context(cafile=None if tls.ca_file is None else str(tls.ca_file))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2"])
    return context


class TokenChannel(Channel):
    """A channel that also names the token as `:authority`, where services older than 0.30 look for it."""

    def __init__(self, peer: Peer, timings: Timings) -> None:
        self._token = "" if peer.context else peer.token
        config = Configuration(
            _keepalive_time=timings.keepalive_every,
            _keepalive_timeout=timings.keepalive,
            _keepalive_permit_without_calls=True,
            _http2_max_pings_without_data=0,
            ssl_target_name_override=peer.server_name,
        )
        super().__init__(peer.host, peer.port, ssl=peer.context, config=config)

    def _get_authority(self, host: str, port: int) -> str:
        return self._token or super()._get_authority(host, port)


class CheckedStub(PuppetStub):  # type: ignore[misc]  # the generated package has no types
    """The generated stub with checked calls.

    Each call runs in a task of its own: grpclib cancels the calling task when a connection dies and never takes that
    back, which would break every later time-out of the task.
    """

    def __init__(self, peer: Peer, timings: Timings) -> None:
        metadata = {"authorization": f"Wechaty {peer.token}"}
        super().__init__(TokenChannel(peer, timings), timeout=timings.call, metadata=metadata)
        self._timings = timings
        self.heard_at = 0.0

    async def call(self, rpc: str, request: Message, response_type: type[T], *, within: float | None = None) -> T:
        """Make a call with request and response classes of our own choice.

        Args:
            rpc: name of the call.
            request: what to send.
            response_type: class of the answer.
            within: longest wait in seconds; the usual one when None.

        Raises:
            GatewayError: as `bot.gateway.wechaty_errors.explain` judges it.
        """
        call = _Call(self.channel, rpc, request, response_type, metadata=self.metadata)
        try:
            async with asyncio.timeout(within or self._timings.call):
                answer = cast("T", await _apart(call.run(self._timings.connect)))
        except (GRPCError, *TRANSPORT_ERRORS) as error:
            raise explain(call.rpc, error, was_sent=call.was_sent) from error
        self._note_life()
        return answer

    async def _unary_unary(self, route: str, request: Message, response_type: type[T], **_: object) -> T:
        """Serve the methods of the generated stub, which PuppetService calls."""
        return await self.call(route.removeprefix(SERVICE), request, response_type)

    async def stream(self, rpc: str, request: Message, response_type: type[T]) -> AsyncIterator[T]:
        """Yield the answers of a streaming call until it ends; no time limit.

        Raises:
            GatewayError: the stream broke.
        """
        route = SERVICE + rpc
        call = self.channel.request(
            route, Cardinality.UNARY_STREAM, type(request), response_type, metadata=self.metadata
        )
        try:
            async with call as stream:
                await stream.send_message(request, end=True)
                async for answer in stream:
                    self._note_life()
                    yield answer
        except (GRPCError, *TRANSPORT_ERRORS) as error:
            raise explain(rpc, error, was_sent=True) from error

    def _note_life(self) -> None:
        """Remember when the peer was last heard, in seconds of the event loop."""
        self.heard_at = asyncio.get_running_loop().time()

    async def upload(self, chunks: Iterable[bytes]) -> str:
        """Bring a file to the service; return the id it is kept under for a while.

        Raises:
            GatewayError: it did not get there.
        """
        method = StreamUnaryMethod(self.channel, SERVICE + "Upload", Chunk, Id)
        messages = [Chunk(chunk=chunk) for chunk in chunks]
        try:
            async with asyncio.timeout(self._timings.upload):
                answer = await _apart(method(messages, metadata=self.metadata))
        except (GRPCError, *TRANSPORT_ERRORS) as error:
            raise explain("Upload", error, was_sent=True) from error
        return answer.id

    async def download(self, file_id: str, limit: int) -> bytes:
        """Return a file the service keeps.

        Raises:
            ValueError: it is longer than `limit` bytes.
            GatewayError: it did not arrive whole.
        """
        try:
            async with asyncio.timeout(self._timings.upload):
                return await _apart(self._collect(file_id, limit))
        except TimeoutError as error:
            raise explain("Download", error, was_sent=True) from error

    async def _collect(self, file_id: str, limit: int) -> bytes:
        data = bytearray()
        async for piece in self.stream("Download", Id(id=file_id), Chunk):
            data += piece.chunk
            if len(data) > limit:
                raise ValueError(f"file is longer than {limit} bytes")
        return bytes(data)


async def _apart(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a task of its own; cancelling the caller cancels it."""
    return await asyncio.create_task(work)


class _Call:
    """One unary call that remembers whether any of it may have reached the gateway."""

    def __init__(self, channel: Channel, rpc: str, request: Message, response_type: type[object], **more: Any) -> None:  # noqa: ANN401
        self.rpc = rpc
        self.was_sent = False
        self._channel = channel
        self._request = request
        self._stream = channel.request(SERVICE + rpc, Cardinality.UNARY_UNARY, type(request), response_type, **more)

    async def run(self, connect_timeout: float) -> object:
        """Connect if needed, send, and return the answer."""
        async with asyncio.timeout(connect_timeout):
            await self._channel.__connect__()
        async with self._stream as stream:
            await stream.send_request()
            self.was_sent = True
            await stream.send_message(self._request, end=True)
            answer = await stream.recv_message()
        if answer is None:
            raise EOFError("the gateway ended the call without an answer")
        return answer
