"""What the owner can set about the connection to a puppet service; imports no Wechaty package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """How to trust a gateway that speaks TLS.

    Attributes:
        ca_file: PEM file of the authority to trust; None means the system's authorities.
        server_name: name in the gateway's certificate, None for its address; a puppet service that brings its own
            certificate goes by `insecure`.
    """

    ca_file: Path | None = None
    server_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Every waiting time of the connection, in seconds. Tests shorten them.

    Attributes:
        connect: longest wait for TCP and TLS.
        call: longest wait for the answer of one call.
        start: longest wait until the puppet has started; the Node server itself gives up after 15 s.
        upload: longest wait for a whole file to go up or down.
        first_event: a stream that stays silent this long counts as connected (some services send no first heartbeat).
        ding_every: how often the peer is asked whether it lives.
        ding: longest wait for that answer.
        silence: a stream that used to answer dings and says nothing for so long is dead.
        keepalive_every: HTTP/2 pings.
        keepalive: longest wait for the answer to an HTTP/2 ping.
        backoff_first: wait before the first reconnect; doubled each time.
        backoff_longest: longest such wait.
        knock_every: while waiting that long, how often to look whether an unreachable peer answers again.
        knock: longest wait for that look.
        stable_after: a connection that lived this long resets the back-off.
        retry_payload: wait before a payload that failed is asked for again.
        farewell: longest wait for the Stop call when the bot stops.
    """

    connect: float = 10.0
    call: float = 30.0
    start: float = 30.0
    upload: float = 120.0
    first_event: float = 5.0
    ding_every: float = 15.0
    ding: float = 10.0
    silence: float = 45.0
    keepalive_every: float = 20.0
    keepalive: float = 10.0
    backoff_first: float = 0.5
    backoff_longest: float = 30.0
    knock_every: float = 3.0
    knock: float = 2.0
    stable_after: float = 10.0
    retry_payload: float = 0.2
    farewell: float = 1.0
