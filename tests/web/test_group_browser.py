"""A real browser opens the simulated group and chats with the whole bot."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from bot.app import App
from bot.clock import SystemClock
from bot.config_model import Config
from bot.gateway.simulated import SimulatedGateway
from bot.gateway.simulated_group import World
from bot.model import Conversation
from bot.web.group_app import create_app
from bot.web.serving import serving
from tests.browsing import launch
from tests.patience import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

POST = """\
---
id: asyncio-limit
title: asyncio 怎么限制并发
author: 老王
tags: [python]
date: 2026-03-02
access: free
---
asyncio 限制并发用 asyncio.Semaphore：先建一个信号量，每个任务用 async with 拿到它再干活。
"""


@dataclass
class Opened:
    """The page of a running bot, the world behind it, and what the browser complained about."""

    page: Page
    world: World
    room_id: str
    complaints: list[str] = field(default_factory=list)

    @property
    def bubbles(self) -> Locator:
        return self.page.locator(".message .bubble")

    async def say(self, text: str) -> None:
        await self.page.get_by_label("消息", exact=True).fill(text)
        await self.page.get_by_role("button", name="发送", exact=True).click()

    async def become(self, name: str) -> None:
        await self.page.get_by_role("radio", name=name).click()

    async def expect_answer(self, text: str) -> None:
        bubble = self.page.locator(".message:has(.cbot) .bubble").last
        await expect(bubble).to_contain_text(re.compile(text))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def opened(browser: Browser, tmp_path: Path) -> AsyncIterator[Opened]:
    clock = SystemClock()
    world = World(clock)
    bot, owner, *others = (world.add_contact(name) for name in ("小知", "老王", "小明", "小红"))
    room_id = world.add_room("Python学习群", owner, [*others, bot], admin_ids=[bot])
    gateway = SimulatedGateway(world, bot, clock)
    knowledge = tmp_path / "knowledge"
    knowledge.mkdir()
    (knowledge / "asyncio.md").write_text(POST, encoding="utf-8")
    app = App(Config(knowledge=str(knowledge)), gateway, clock, data_dir=tmp_path, encoder="hashing", is_paced=False)
    await app.start()
    site = create_app(world, bot, waiting=lambda: 0, hints=["帮助"])
    async with serving(site, 0) as port:
        page = await browser.new_page()
        opened = Opened(page, world, room_id)
        page.on("console", lambda message: opened.complaints.append(message.text))
        page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        await page.goto(f"http://127.0.0.1:{port}/")
        await expect(page.get_by_role("heading", name="Python学习群")).to_be_visible()
        yield opened
        await page.close()
    await app.stop()
    assert opened.complaints == []


async def test_a_question_gets_its_answer_bubble(opened: Opened) -> None:
    await opened.say("@小知 asyncio 怎么限制并发？")
    await opened.expect_answer("@小明.*Semaphore")
    await expect(opened.page.locator(".message.own .mention")).to_have_text("@小知")


async def test_a_hint_is_said_with_one_click(opened: Opened) -> None:
    await opened.page.get_by_role("button", name="帮助").click()
    await opened.expect_answer("帮助")


async def test_another_member_speaks_with_another_face_and_side(opened: Opened) -> None:
    await opened.say("早")
    await opened.become("小红")
    await opened.say("你好")
    await expect(opened.bubbles).to_have_text(["早", "你好"])
    await expect(opened.page.locator(".message.own .bubble")).to_have_text(["你好"])


async def test_private_chat_is_only_seen_by_its_two(opened: Opened) -> None:
    await opened.page.get_by_role("button", name="小知（私聊）").click()
    await opened.say("帮助")
    await opened.expect_answer("帮助")
    await opened.become("小红")
    await expect(opened.bubbles).to_have_count(0)


async def test_a_message_from_elsewhere_appears_and_unread_chats_are_counted(opened: Opened) -> None:
    ming = opened.world.find_contact("小明")
    opened.world.say(ming, Conversation(contact_id=opened.world.find_contact("小知")), "帮助")
    await expect(opened.page.locator("[data-chat=private] .badge")).to_have_text("1")
    opened.world.say(opened.world.find_contact("老王"), Conversation(room_id=opened.room_id), "开课了")
    await expect(opened.bubbles).to_have_text(["开课了"])


async def test_quote_and_recall_by_click(opened: Opened) -> None:
    await opened.say("用 Semaphore")
    await opened.become("小红")
    await opened.page.locator(".message").hover()
    await opened.page.get_by_role("button", name="引用", exact=True).click()
    await opened.say("学到了")
    await expect(opened.page.locator(".quote")).to_have_text("小明：用 Semaphore")
    await opened.page.locator(".message.own").hover()
    await opened.page.locator(".message.own").get_by_role("button", name="撤回").click()
    await expect(opened.page.locator(".system")).to_have_text("您 撤回了一条消息")
    await expect(opened.bubbles).to_have_text(["用 Semaphore"])


async def test_an_image_is_uploaded_and_shown(opened: Opened) -> None:
    await opened.page.set_input_files("#file", Path(__file__).parent / "pixel.png")
    image = opened.page.get_by_role("img", name="图片 pixel.png")
    await expect(image).to_be_visible()
    assert await image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1


async def test_newcomers_join_and_markup_stays_text(opened: Opened) -> None:
    await opened.page.get_by_label("新成员的名字").fill("<b>阿强</b>")
    await opened.page.get_by_role("button", name="拉进群").click()
    await opened.become("阿强")
    await opened.say("<img src=x onerror=alert(1)>")
    await expect(opened.bubbles.last).to_have_text("<img src=x onerror=alert(1)>")
    await expect(opened.page.locator("#subtitle")).to_have_text("5 人")


async def test_a_slip_is_explained_and_the_text_is_kept(opened: Opened) -> None:
    ming = opened.world.find_contact("小明")
    opened.world.leave(opened.room_id, ming)
    await expect(opened.page.locator("#subtitle")).to_have_text("3 人")
    async with opened.page.expect_console_message(timeout=PATIENCE * 1000):  # the browser itself notes the 403
        await opened.say("我还在吗")
    await expect(opened.page.get_by_role("alert")).to_have_text("您已不在这个群里，换个身份再试。")
    await expect(opened.page.get_by_label("消息", exact=True)).to_have_value("我还在吗")
    opened.complaints.clear()


async def test_it_fits_a_phone(opened: Opened) -> None:
    await opened.page.set_viewport_size({"width": 375, "height": 700})
    await opened.say("@小知 帮助")
    await opened.expect_answer("帮助")
    assert await opened.page.evaluate("document.documentElement.scrollWidth") == 375
    await expect(opened.page.get_by_role("button", name="发送", exact=True)).to_be_in_viewport()
