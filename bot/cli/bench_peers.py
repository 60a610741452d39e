"""The same ding → dong through peers, measured beside our own pipeline in one run."""

from __future__ import annotations

import asyncio
import importlib
import logging
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)


async def nonebot_messages_per_second(count: int) -> float:  # noqa: C901 - a whole fake adapter, as short as it gets
    """Send `count` messages through nonebot2 with a fake in-memory adapter; each is answered once.

    Returns:
        Messages answered a second.

    Raises:
        ImportError: nonebot2 is not installed (it is a development dependency).
    """
    import nonebot
    from nonebot.adapters import Adapter, Bot, Event, Message, MessageSegment
    from nonebot.message import handle_event

    logging.getLogger("nonebot").setLevel(logging.ERROR)
    nonebot.logger.remove()
    nonebot.init(driver="~none")
    answered = 0

    class Segment(MessageSegment["Text"]):
        @classmethod
        def get_message_class(cls) -> type[Text]:
            return Text

        def __str__(self) -> str:
            return str(self.data["text"])

        def is_text(self) -> bool:
            return True

    class Text(Message[Segment]):
        @classmethod
        def get_segment_class(cls) -> type[Segment]:
            return Segment

        @staticmethod
        def _construct(msg: str) -> Any:  # noqa: ANN401 - the peer's own signature
            yield Segment("text", {"text": msg})

    class Said(Event):
        said: str
        who: str

        def get_type(self) -> str:
            return "message"

        def get_event_name(self) -> str:
            return "message"

        def get_event_description(self) -> str:
            return self.said

        def get_user_id(self) -> str:
            return self.who

        def get_session_id(self) -> str:
            return self.who

        def get_message(self) -> Text:
            return Text(self.said)

        def is_tome(self) -> bool:
            return True

    class FakeBot(Bot):
        async def send(self, event: Event, message: Any, **_: Any) -> None:  # noqa: ANN401, ARG002 - the peer's own signature
            nonlocal answered
            answered += 1

    class FakeAdapter(Adapter):
        @classmethod
        def get_name(cls) -> str:
            return "fake"

        async def _call_api(self, bot: Bot, api: str, **data: Any) -> None:  # noqa: ANN401, ARG002 - the peer's own signature
            return None

    bot = FakeBot(FakeAdapter(nonebot.get_driver()), "fake")
    matcher = nonebot.on_command("ding")

    async def dong() -> None:
        await matcher.finish("dong")

    matcher.handle()(dong)
    started = time.perf_counter()
    for first in range(0, count, 100):  # its adapters start a task per event, so events run side by side
        people = (str(number % 50) for number in range(first, min(first + 100, count)))
        await asyncio.gather(*(handle_event(bot, Said(said="/ding", who=who)) for who in people))
    elapsed = time.perf_counter() - started
    if answered != count:
        raise RuntimeError(f"nonebot2 answered {answered} of {count}")
    return count / elapsed


async def stock_wechaty_messages_per_second(
    count: int, endpoint: str, say: Callable[[int], None], answered: Callable[[], int]
) -> float:
    """Send `count` messages to a bot written on the stock python-wechaty client, over a puppet service.

    Args:
        count: how many.
        endpoint: host:port of the embedded gateway.
        say: makes a member say message number n.
        answered: how many answers the gateway has seen so far.

    Returns:
        Messages answered a second.
    """
    from bot.gateway.wechaty_compat import silence_wechaty  # makes the next line possible

    wechaty = importlib.import_module("wechaty")
    silence_wechaty()
    logged_in = asyncio.Event()

    class DingDong(wechaty.Wechaty):  # type: ignore[misc, name-defined] # the package has no types
        async def on_login(self, contact: object) -> None:  # noqa: ARG002 - the peer's own signature
            logged_in.set()

        async def on_message(self, msg: Any) -> None:  # noqa: ANN401 - the peer's own type
            if not msg.is_self() and msg.text() == "ding":
                await msg.room().say("dong")

    peer = DingDong(
        wechaty.WechatyOptions(endpoint=endpoint, token="bench", host="127.0.0.1", port=18797)  # noqa: S106 - no gateway asks for it
    )
    task = asyncio.create_task(peer.start())
    await asyncio.wait_for(logged_in.wait(), 15)
    started = time.perf_counter()
    for number in range(count):
        say(number)
    while answered() < count:
        if time.perf_counter() - started > 60:  # noqa: PLR2004 - it has stopped answering
            raise RuntimeError(f"stock wechaty answered {answered()} of {count} within a minute")
        await asyncio.sleep(0.002)
    elapsed = time.perf_counter() - started
    await peer.stop()
    task.cancel()
    return count / elapsed
