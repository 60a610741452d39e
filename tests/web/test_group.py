"""The page's interface: what it shows, what it does, and who is kept out."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import pytest
from quart.datastructures import FileStorage
from quart.typing import TestClientProtocol as Client

from bot.clock import SystemClock
from bot.gateway.simulated_group import World
from bot.model import Conversation, Event, MessageReceived
from bot.web.group_app import create_app
from bot.web.group_feed import Feed
from bot.web.serving import serving
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow  # a server

OWN = {"Origin": "http://127.0.0.1:8600", "Host": "127.0.0.1:8600"}


class Page:
    """A group and a page that shows it."""

    def __init__(self) -> None:
        self.world = World(SystemClock())
        self.bot = self.world.add_contact("小知")
        self.owner, self.ming = self.world.add_contact("老王"), self.world.add_contact("小明")
        self.room = self.world.add_room("学习群", self.owner, [self.ming, self.bot])
        self.app = create_app(self.world, self.bot, hints=["帮助"])
        self.client: Client = self.app.test_client()

    @property
    def said(self) -> list[str]:
        return [event.text for event in self.world.history if isinstance(event, MessageReceived)]

    async def post(self, path: str, **order: Any) -> tuple[int, dict[str, Any]]:
        answer = await self.client.post(f"/api/{path}", json=order, headers=OWN)
        return answer.status_code, await answer.get_json()


@pytest.fixture
def page() -> Page:
    return Page()


async def test_the_state_tells_rooms_people_and_what_was_said(page: Page) -> None:
    page.world.say(page.ming, Conversation(room_id=page.room), "早")
    state = await (await page.client.get("/api/state", headers=OWN)).get_json()
    assert [room["topic"] for room in state["rooms"]] == ["学习群"]
    assert [one["name"] for one in state["rooms"][0]["members"]] == ["老王", "小明", "小知"]
    assert [event["text"] for event in state["events"]] == ["早"]
    assert (state["bot"], state["hints"], state["next"]) == (page.bot, ["帮助"], 1)


async def test_saying_quoting_and_recalling_reach_the_group(page: Page) -> None:
    await page.post("say", **{"as": page.ming, "room": page.room, "text": "@小知 你好"})
    first = next(iter(page.world.messages.values()))
    await page.post("say", **{"as": page.owner, "room": page.room, "text": "收录", "quote": first.id})
    await page.post("recall", **{"as": page.ming, "message": first.id})
    messages = list(page.world.messages.values())
    assert first.mentions == (page.bot,)
    assert messages[1].quote is not None
    assert messages[1].quote.name == "小明"
    assert messages[2].recalled_id == first.id


async def test_private_chat_goes_to_the_bot(page: Page) -> None:
    await page.post("say", **{"as": page.ming, "room": "", "text": "我的"})
    (message,) = page.world.messages.values()
    assert (message.room, message.listener_id) == (None, page.bot)


async def test_people_join_and_leave(page: Page) -> None:
    _, answer = await page.post("join", **{"as": page.ming, "room": page.room, "name": "阿强"})
    assert answer["done"] in page.world.rooms[page.room].member_ids
    await page.post("leave", **{"as": answer["done"], "room": page.room})
    assert answer["done"] not in page.world.rooms[page.room].member_ids
    status, refused = await page.post("say", **{"as": answer["done"], "room": page.room, "text": "还在吗"})
    assert (status, refused["error"]) == (403, "您已不在这个群里，换个身份再试。")


@pytest.mark.parametrize(
    ("path", "order", "error"),
    [
        ("say", {"as": "bot", "text": "我来"}, "请先选择您是谁。"),
        ("say", {"as": "ming", "text": " "}, "先写点什么再发送。"),
        ("say", {"as": "ming", "text": "长" * 5001}, "太长了，一条最多 5000 个字。"),
        ("say", {"as": "ming", "text": "早", "room": "nowhere"}, "没有这个群。"),
        ("recall", {"as": "ming", "message": "m99"}, "这条消息不能撤回。"),
        ("join", {"as": "ming", "name": ""}, "名字要有 1 到 32 个字。"),
        ("join", {"as": "ming", "name": "老王"}, "群里已经有叫「老王」的人了，换个名字吧。"),
    ],
)
async def test_orders_that_make_no_sense_are_explained(
    page: Page, path: str, order: dict[str, Any], error: str
) -> None:
    order = {"room": page.room} | order | {"as": getattr(page, order["as"])}
    assert await page.post(path, **order) == (422, {"error": error})
    assert page.world.messages == {}


async def test_images_are_shown_and_everything_else_is_a_download(page: Page) -> None:
    for name in ("海报.png", "页面.html", "图.svg"):
        file = FileStorage(io.BytesIO(b"<script>"), filename=name, content_type="text/html")
        form = {"as": page.ming, "room": page.room}
        answer = await page.client.post("/api/upload", form=form, files={"file": file}, headers=OWN)
        assert answer.status_code == 200
    shown = [await page.client.get(f"/api/files/{found}", headers=OWN) for found in page.world.files]
    assert [answer.content_type for answer in shown] == ["image/png", *["application/octet-stream"] * 2]
    assert all("attachment" in answer.headers["Content-Disposition"] for answer in shown[1:])
    assert all(answer.headers["X-Content-Type-Options"] == "nosniff" for answer in shown)
    assert (await page.client.get("/api/files/nothing", headers=OWN)).status_code == 404


async def test_the_page_loads_nothing_from_elsewhere(page: Page) -> None:
    answer = await page.client.get("/", headers=OWN)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for path in ("/static/group.css", "/static/group.js", "/static/render.js", "/static/icon.svg"):
        text = (await (await page.client.get(path, headers=OWN)).get_data()).decode()
        assert "//cdn" not in text
        assert "@import" not in text
    assert b"http://" not in await answer.get_data()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8600", ""])
async def test_a_foreign_host_name_is_refused(page: Page, host: str) -> None:
    assert (await page.client.get("/api/state", headers={"Host": host})).status_code == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", None])
async def test_another_site_cannot_speak_here(page: Page, origin: str | None) -> None:
    headers = {"Host": "127.0.0.1:8600"} | ({"Origin": origin} if origin else {})
    order = {"as": page.ming, "room": page.room, "text": "广告"}
    answer = await page.client.post("/api/say", json=order, headers=headers)
    assert (answer.status_code, page.said) == (403, [])


async def test_a_form_without_json_is_a_bad_request(page: Page) -> None:
    answer = await page.client.post("/api/say", form={"text": "早"}, headers=OWN)
    assert answer.status_code == 400


def read(frames: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(frame.decode().partition("data: ")[2]) for frame in frames]


async def test_a_page_that_lost_the_connection_reads_on(page: Page) -> None:
    feed = Feed(page.world, lambda: 0)
    feed.start()
    for text in ("一", "二"):
        page.world.say(page.ming, Conversation(room_id=page.room), text)
    stream = feed.stream(1)
    frames = [await anext(stream)]
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    page.world.say(page.ming, Conversation(room_id=page.room), "三")
    frames.append(await waiting)
    assert [(view["number"], view["text"]) for view in read(frames)] == [(1, "二"), (2, "三")]
    feed.stop()
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_a_page_that_is_too_slow_is_cut_off(page: Page) -> None:
    feed = Feed(page.world, lambda: 0)
    feed.start()
    page.world.say(page.ming, Conversation(room_id=page.room), "第一句")
    stream = feed.stream(0)
    frames = [await anext(stream)]
    reading = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    for number in range(600):
        page.world.say(page.ming, Conversation(room_id=page.room), str(number))
    with pytest.raises(StopAsyncIteration):
        await reading
    later = feed.stream(read(frames)[-1]["number"] + 1)
    assert [read([await anext(later)])[0]["text"] for _ in range(600)] == [str(number) for number in range(600)]
    feed.stop()


async def test_room_changes_carry_the_room_as_it_is_now(page: Page) -> None:
    newcomer = page.world.add_contact("阿强")
    page.world.join(page.room, [newcomer], page.ming)
    page.world.rename_room(page.room, "新群")
    page.world.set_notice(page.room, "公告", page.owner)
    page.world.leave(page.room, newcomer, page.owner)
    page.world.rename_contact(page.ming, "明哥", page.room)
    state = await (await page.client.get("/api/state", headers=OWN)).get_json()
    assert [event["text"] for event in state["events"]] == [
        "小明 邀请 阿强 加入了群聊",
        "群名改为「新群」",
        "老王 更新了群公告",
        "老王 将 阿强 移出了群聊",
        "",
    ]
    assert state["events"][-1]["fresh"]["members"][1]["name"] == "明哥"


async def raw_request(port: int, text: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text.encode())
    await writer.drain()
    answer = await reader.read(4096)
    writer.close()
    return answer


async def test_it_is_served_on_loopback_and_ends_with_the_block(page: Page) -> None:
    async with serving(page.app, 0) as port:
        answer = await raw_request(port, f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200")
        with pytest.raises(OSError, match="in use"):
            async with serving(page.app, port):
                raise AssertionError("two servers on one port")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /api/events?after=0 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        page.world.say(page.ming, Conversation(room_id=page.room), "早")
        async with asyncio.timeout(PATIENCE):
            assert b"event: happened" in await reader.readuntil(b"\n\n")
    writer.close()
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection("127.0.0.1", port)


def test_events_without_use_for_the_page_are_left_out(page: Page) -> None:
    from bot.web.group_view import show_event

    assert show_event(page.world, 0, Event(at=page.world.clock.now())) is None
