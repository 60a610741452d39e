"""What a failed call means for the bot: surely not done, never will be, or unknown."""

from __future__ import annotations

import re
import ssl

from grpclib.const import Status
from grpclib.exceptions import GRPCError, ProtocolError, StreamTerminatedError

from bot.errors import GatewayError, GatewayRefused, GatewayUnavailable, NotSupported, SendUncertain

SENDS = frozenset({"MessageSendText", "MessageSendFile"})
TRANSPORT_ERRORS = (OSError, TimeoutError, StreamTerminatedError, ProtocolError, ssl.SSLError, EOFError)

_NO_ANSWER = frozenset({Status.DEADLINE_EXCEEDED, Status.UNAVAILABLE, Status.CANCELLED, Status.ABORTED})
# The first is the wording of wechaty-puppet's throwUnsupportedError.
_UNSUPPORTED = re.compile(r"Unsupported API|not support|unimplemented", re.IGNORECASE)
_PUPPET_GAVE_UP = re.compile(r"time[d ]*-?out|ETIMEDOUT|ECONNRESET|ECONNABORTED|hang up|network", re.IGNORECASE)


class TokenRefused(GatewayRefused):
    """The gateway does not know our token."""

    def __init__(self) -> None:
        super().__init__("the gateway does not accept the token, set WECHATY_PUPPET_SERVICE_TOKEN to its own")


def explain(rpc: str, error: Exception, *, was_sent: bool) -> GatewayError:
    """Return the error the bot understands for a failed call.

    Args:
        rpc: name of the call, as `MessageSendText`.
        error: what grpclib or the network raised.
        was_sent: whether any of the request may have reached the gateway.
    """
    if isinstance(error, GRPCError):
        return _explain_answer(rpc, error)
    what = f"{rpc}: {describe(error)}"
    if was_sent and rpc in SENDS:
        return SendUncertain(what)
    return GatewayUnavailable(what)


def _explain_answer(rpc: str, error: GRPCError) -> GatewayError:
    """Judge an answer that is an error, from the gateway or from the puppet behind it."""
    message = error.message or ""
    if error.status is Status.UNAUTHENTICATED:
        return TokenRefused()
    if error.status is Status.UNIMPLEMENTED or _UNSUPPORTED.search(message):
        return NotSupported(rpc)
    if error.status in _NO_ANSWER or _PUPPET_GAVE_UP.search(message):
        what = f"{rpc}: {error.status.name}"
        return SendUncertain(what) if rpc in SENDS else GatewayUnavailable(what)
    what = message.partition("\n")[0]  # without the stack of the puppet
    return GatewayRefused(f"{rpc}: {error.status.name} {what[:200]}")


def describe(error: BaseException) -> str:
    """Return an error in a few words for the log."""
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer in time"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
