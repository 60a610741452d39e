"""The simulated group served over the puppet-service protocol, so that the real Wechaty client runs against it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
from collections import deque
from collections.abc import Callable
from typing import Any

from grpclib.const import Handler, Status
from grpclib.exceptions import GRPCError
from grpclib.server import Server
from wechaty_grpc.wechaty import puppet as pb

from bot.errors import GatewayRefused, GatewayUnavailable, NotSupported, SendUncertain
from bot.gateway.puppet_server_calls import PuppetCalls
from bot.gateway.puppet_server_events import to_wire
from bot.gateway.puppet_server_wire import Call, Fields, build_routes
from bot.gateway.simulated import SimulatedGateway
from bot.gateway.simulated_facts import ProfileChanged
from bot.gateway.wechaty_wire import Chunk, EventCode, Id
from bot.model import Event

LOOPBACK = "127.0.0.1"
_STATUS: dict[type[Exception], Status] = {
    LookupError: Status.NOT_FOUND,
    PermissionError: Status.PERMISSION_DENIED,
    GatewayRefused: Status.FAILED_PRECONDITION,
    GatewayUnavailable: Status.UNAVAILABLE,
    SendUncertain: Status.DEADLINE_EXCEEDED,
    NotSupported: Status.UNIMPLEMENTED,
}
Outgoing = asyncio.Queue[pb.EventResponse | None]


class PuppetServer:
    """A puppet service on loopback for one account of a `World`.

    Mishaps, missing capabilities, the echo and the record of acts are those of the simulated gateway behind it.

    Args:
        gateway: the account's window into the world; the server starts and stops it.
        token: what clients must know; empty lets in everybody, as the stock Python client needs it.
        fields: which generation of moved fields is served.
        replay: how many of the last events a client that connects again gets once more.
    """

    def __init__(self, gateway: SimulatedGateway, token: str, *, fields: Fields = Fields.BOTH, replay: int = 0) -> None:
        self.gateway = gateway
        self.gateway.is_relayed = True
        self.calls = PuppetCalls(gateway, fields)
        self.port = 0
        self._token = token
        self._recent: deque[pb.EventResponse] = deque(maxlen=replay)
        self._streams: list[Outgoing] = []
        self._kept: (
            list[pb.EventResponse] | None
        ) = []  # until the first client comes, so that none is said into the void
        self._server: Server | None = None
        self._forget: Callable[[], None] = lambda: None

    @property
    def endpoint(self) -> str:
        """Where clients connect: `127.0.0.1:port`."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def is_connected(self) -> bool:
        """Whether a client listens to the events."""
        return bool(self._streams)

    async def start(self, port: int = 0) -> None:
        """Serve on loopback.

        Args:
            port: 0 takes any free one; `port` tells which.

        Raises:
            OSError: the port is taken.
        """
        listening = socket.create_server((LOOPBACK, port))
        # asyncio does this only for sockets it made itself; without it every call waits 40 ms (delayed ACK).
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = listening.getsockname()[1]
        self._server = Server([self])
        await self._server.start(sock=listening)
        await self.gateway.start(self._on_event)
        self._forget = self.gateway.world.listen(self._on_happening)

    async def stop(self) -> None:
        """End the streams and the connections."""
        self._forget()
        self._end_streams()
        await self.gateway.stop()
        if self._server is not None:
            self._server.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._server.wait_closed(), 1)
            self._server = None

    def emit(self, code: int, payload: str) -> None:
        """Send any event to the client, a malformed one too."""
        event = pb.EventResponse(type=code, payload=payload)
        self._recent.append(event)
        if self._kept is not None:
            self._kept.append(event)
        for stream in self._streams:
            stream.put_nowait(event)

    async def _on_event(self, event: Event) -> None:
        for code, data in to_wire(event):
            self.emit(int(code), json.dumps(data))

    def _on_happening(self, event: Event) -> None:
        if isinstance(event, ProfileChanged):
            for code, data in to_wire(event):
                self.emit(int(code), json.dumps(data))

    # ---- serving

    def __mapping__(self) -> dict[str, Handler]:
        return build_routes(self._bind)

    def _bind(self, name: str) -> Call:
        special: dict[str, Callable[[Any], Any]] = {
            "Event": self._serve_events,
            "Stop": self._serve_stop,
            "Ding": self._serve_ding,
            "Download": self._serve_download,
            "Upload": self._serve_upload,
        }
        serve = special.get(name)
        method = getattr(self.calls, _snake(name), None)

        async def handle(stream: Any) -> None:  # noqa: ANN401 - grpclib's stream is generic in untyped messages
            self._check_token(stream)
            self.calls.counts[name] = self.calls.counts.get(name, 0) + 1
            if serve is not None:
                await _translate(name, serve(stream))
            elif method is not None:
                request = await stream.recv_message()
                await stream.send_message(await _translate(name, method(request)))
            else:
                raise GRPCError(Status.UNIMPLEMENTED, name)

        return handle

    def _check_token(self, stream: Any) -> None:  # noqa: ANN401
        given = str((stream.metadata or {}).get("authorization", ""))
        if self._token and given.removeprefix("Wechaty ") != self._token:
            raise GRPCError(Status.UNAUTHENTICATED, "Invalid Wechaty TOKEN")

    async def _serve_events(self, stream: Any) -> None:  # noqa: ANN401
        await stream.recv_message()
        self._end_streams()  # as the Node server does: a second client ends the first one's stream
        queue: Outgoing = asyncio.Queue()
        account = json.dumps({"contactId": self.gateway.account.id if self.gateway.account else ""})
        for code, payload in ((EventCode.HEARTBEAT, '{"data":"connected"}'), (EventCode.LOGIN, account)):
            queue.put_nowait(pb.EventResponse(type=int(code), payload=payload))
        for event in self._recent if self._kept is None else self._kept:
            queue.put_nowait(event)
        self._kept = None
        self._streams.append(queue)
        try:
            while (event := await queue.get()) is not None:
                await stream.send_message(event)
        finally:
            if queue in self._streams:
                self._streams.remove(queue)

    async def _serve_stop(self, stream: Any) -> None:  # noqa: ANN401
        await stream.recv_message()
        self._end_streams()
        await stream.send_message(pb.StopResponse())

    async def _serve_ding(self, stream: Any) -> None:  # noqa: ANN401
        request = await stream.recv_message()
        dong = pb.EventResponse(type=int(EventCode.DONG), payload=json.dumps({"data": request.data}))
        for queue in self._streams:
            queue.put_nowait(dong)
        await stream.send_message(pb.DingResponse())

    async def _serve_download(self, stream: Any) -> None:  # noqa: ANN401
        request = await stream.recv_message()
        for piece in self.calls.shelf.pieces(request.id):
            await stream.send_message(Chunk(chunk=piece))

    async def _serve_upload(self, stream: Any) -> None:  # noqa: ANN401
        data = bytearray()
        async for piece in stream:
            data += piece.chunk
        await stream.send_message(Id(id=self.calls.shelf.keep_upload(bytes(data))))

    def _end_streams(self) -> None:
        for queue in self._streams:
            queue.put_nowait(None)
        self._streams.clear()


async def _translate(name: str, call: Any) -> Any:  # noqa: ANN401
    """Await a call; what the gateway raises becomes the status a puppet service answers with."""
    try:
        return await call
    except tuple(_STATUS) as error:
        status = next(status for kind, status in _STATUS.items() if isinstance(error, kind))
        raise GRPCError(status, f"{name}: {error}") from error


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
