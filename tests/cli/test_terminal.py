"""The terminal chat works for a person and over a pipe, and never shows a traceback."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cli.terminal import Terminal
from bot.clock import SystemClock
from bot.gateway.simulated import SimulatedGateway
from bot.gateway.simulated_group import World
from bot.model import Conversation, Event, MessageReceived
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow


class Scene:
    """A group with a bot that answers what mentions it, a little late, as over a wire."""

    def __init__(self) -> None:
        self.world = World(SystemClock())
        self.bot = self.world.add_contact("小知")
        owner, *others = (self.world.add_contact(name) for name in ("老王", "小明", "小红"))
        self.room = self.world.add_room("学习群", owner, [*others, self.bot])
        self.gateway = SimulatedGateway(self.world, self.bot, self.world.clock)
        self.lines: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def deliver(self, event: Event) -> None:
        if not isinstance(event, MessageReceived) or event.from_self:
            return
        if event.room is None or self.bot in event.mentions or event.quote:
            self.tasks.append(asyncio.create_task(self.answer(event)))

    async def answer(self, event: MessageReceived) -> None:
        await asyncio.sleep(0.005)
        await self.gateway.send_text(event.conversation, f"听到 {event.quote.text if event.quote else event.text}")

    async def drain(self) -> None:
        await asyncio.sleep(0)

    async def chat(self, typed: str) -> list[str]:
        stream = io.StringIO(typed)
        terminal = Terminal(
            self.world, self.bot, self.room, self.drain, stream=stream, write=self.lines.append, quiet=0.02
        )
        async with asyncio.timeout(PATIENCE):
            await terminal.run()
        return [line.partition(" ")[2].strip() if line[:2].isdigit() else line for line in self.lines[1:]]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    await scene.gateway.start(scene.deliver)
    yield scene
    await scene.gateway.stop()


async def test_the_answer_is_printed_before_the_next_line_is_read(scene: Scene) -> None:
    lines = await scene.chat("@小知 你好\n早\n")
    assert lines[1:] == ["小明 @小知 你好", "小知 听到 @小知\u2005你好", "小明 早"]


async def test_an_answer_on_its_way_at_the_end_of_the_input_is_printed(scene: Scene) -> None:
    assert (await scene.chat("@小知 你好"))[-1] == "小知 听到 @小知\u2005你好"


async def test_a_bot_that_hears_late_is_waited_for(scene: Scene) -> None:
    deliver = scene.deliver

    async def deliver_late(event: Event) -> None:
        await asyncio.sleep(0.2)
        await deliver(event)

    await scene.gateway.start(deliver_late)
    assert (await scene.chat('早\n/quote "早" 收录'))[-1] == "小知 听到 早"


async def test_one_person_can_be_anybody(scene: Scene) -> None:
    lines = await scene.chat("/as 小红\n早\n/as 小李\n/who\n")
    assert "小红 早" in lines
    assert "群里没有叫「小李」的人。现在有：老王、小明、小红。新人用 /join 名字。" in lines
    assert lines[-1] == "群里有：老王（群主）、小明、小红、小知（机器人）"


async def test_private_chat_for_a_line_and_for_longer(scene: Scene) -> None:
    lines = await scene.chat("/private 我的\n早\n/private\n订单\n/group\n晚\n")
    assert [line for line in lines if "→ 小知" in line] == ["小明 → 小知 我的", "小明 → 小知 订单"]
    assert "小知 → 小明 听到 订单" in lines
    assert "小明 晚" in lines


async def test_quote_recall_join_leave_and_images(scene: Scene, tmp_path: Path) -> None:
    image = tmp_path / "海报.png"
    image.write_bytes(b"PNG")
    typed = f'今天天气\n/quote "天气" 收录\n/recall\n/join 阿强\n/image {image}\n/leave\n还在吗\n'
    lines = await scene.chat(typed)
    assert "小明 「小明：今天天气」收录" in lines
    assert "小知 听到 今天天气" in lines
    assert "·    小明 撤回了一条消息" in lines
    assert "·    阿强 进群（小明 邀请）" in lines
    assert "小明 [图片] 海报.png" in lines
    assert "·    小明 退群" in lines
    assert lines[-1].startswith("现在做不了这件事")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/asx 小红", "没有 /asx 这个命令。您要找的是不是 /as？"),
        ("/zzz", "没有 /zzz 这个命令。/help 看全部。"),
        ("/quote 收录", '引用要写成：/quote "被引用的话" 回复'),
        ('/quote "没有" 收录', "没有找到包含「没有」的消息。"),
        ("/recall", "您还没有说过话。"),
        ("/image 没有.png", "打不开「没有.png」，请写文件的路径，比如 /image 海报.png"),
        ("/join 小红", "请写一个群里还没有的名字，比如 /join 阿强"),
        ("/image", "打不开「」，请写文件的路径，比如 /image 海报.png"),
    ],
)
async def test_slips_get_a_kind_hint(scene: Scene, typed: str, answer: str) -> None:
    assert (await scene.chat(f"{typed}\n"))[-1] == answer


async def test_quit_ends_at_once_and_help_lists_the_commands(scene: Scene) -> None:
    lines = await scene.chat("/help\n /quit \n不会读到\n")
    assert "/private" in lines[-1]
    assert scene.world.messages == {}


async def test_chinese_commands_of_the_bot_are_said_in_the_group(scene: Scene) -> None:
    assert (await scene.chat("/帮助\n"))[-1] == "小明 /帮助"


PROGRAM = """
import asyncio, sys
from bot.cli.terminal import Terminal
from bot.clock import SystemClock
from bot.gateway.simulated import SimulatedGateway
from bot.gateway.simulated_group import World
world = World(SystemClock())
bot, owner, ming = map(world.add_contact, ("小知", "老王", "小明"))
room = world.add_room("学习群", owner, [ming, bot])
gateway = SimulatedGateway(world, bot, world.clock)
async def ignore(event): pass
async def drain(): pass
async def chat():
    await gateway.start(ignore)
    await Terminal(world, bot, room, drain).run()
    await gateway.stop()
asyncio.run(chat())
"""


async def read_until(controller: int, mark: str) -> str:
    seen = b""
    async with asyncio.timeout(PATIENCE):
        while mark not in seen.decode(errors="ignore"):
            seen += await asyncio.to_thread(os.read, controller, 4096)
    return seen.decode(errors="ignore")


@pytest.mark.process
@pytest.mark.parametrize("ending", [b"/quit\n", b"\x03", b"\x04"])
async def test_at_a_real_terminal_it_prompts_and_leaves_in_order(ending: bytes) -> None:
    controller, terminal = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
        preexec_fn=lambda: make_controlling(terminal), cwd=Path(__file__).parents[2],
    )  # fmt: skip
    os.close(terminal)
    await read_until(controller, "小明> ")
    os.write(controller, "早\n".encode())
    await read_until(controller, "小明> ")
    os.write(controller, ending)
    async with asyncio.timeout(PATIENCE):
        assert await process.wait() == 0
    os.close(controller)


def make_controlling(terminal: int) -> None:
    """Let Ctrl-C typed at the terminal reach the process."""
    import fcntl
    import termios

    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


async def test_what_a_killed_run_left_open_is_shown_although_it_was_answered_before(scene: Scene) -> None:
    await scene.gateway.send_text(Conversation(room_id=scene.room), "补上的回答")
    await scene.chat("")
    assert any(line.endswith("小知 补上的回答") for line in scene.lines)
