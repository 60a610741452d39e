"""为什么: pacing, silence, expiry and rehearsals in plain sentences."""

from pathlib import Path
from typing import Any

import pytest

from bot import inbox, members
from bot.config_model import Config
from bot.dispatcher_why import Explainer, describe_decision
from bot.model import Message
from tests.dispatcher_harness import Bot, Group, running
from tests.test_dispatcher import make_ding


async def ask(bot: Bot, name: str) -> str:
    """Ask why about the last message of somebody in the room."""
    [room] = bot.core.facts.rooms()
    [talker] = await bot.storage.read("default", members.find_by_name, name, room.id)
    question = Message(id="?", at=bot.clock.now(), talker=talker, room=room, text="为什么", raw="为什么")
    return await Explainer(bot.core, bot.sender).explain(question)


async def test_an_answer_in_the_queue_names_its_place_and_time(tmp_path: Path) -> None:
    group = Group()
    async with running(group, tmp_path, [make_ding()]) as bot:
        bot.sender.pause()
        for name in ("小红", "小明"):
            group.say(name, "ding")
        await bot.settle()
        assert "回复排在第 2 位待发，约 1 秒。" in await ask(bot, "小明")


async def test_a_refused_answer_is_named(tmp_path: Path) -> None:
    group = Group()
    async with running(group, tmp_path, [make_ding()]) as bot:
        bot.sender.pause()
        message_id = group.say("小明", "ding")
        await bot.settle()
        await bot.storage.run(
            "default",
            lambda db: db.execute(
                "update outbox set state = 'failed' where community = :community and cause = :id", {"id": message_id}
            ),
        )
        assert "回复被微信拒绝了，没有发出去。" in await ask(bot, "小明")


async def test_a_room_that_is_off_is_the_reason(tmp_path: Path) -> None:
    config = Config.model_validate({"rooms": {"Python学习群": {"enabled": False}}})
    group = Group()
    async with running(group, tmp_path, [make_ding()], config) as bot:
        group.say("小明", "ding")
        await bot.settle()
        assert await ask(bot, "小明") == "bot.yaml 里关掉了这个群，我在这里只听不说。"


VERDICT = {"stage": "guard", "action": "remove", "rule": "ad", "reason": "像是广告", "score": 1.0}


@pytest.mark.parametrize(
    ("state", "decision", "told"),
    [
        ("expired", {}, "这条消息来的时候我不在，回来时已经太久，所以没有回答。"),
        ("open", {}, "这条消息还在处理。"),
        ("done", {"stage": "silence", "silence": "paused"}, "群主让我暂停了，恢复之前不回答。"),
        ("done", VERDICT | {"dry_run": False}, "触发了群规「ad」：像是广告。已移出群聊。"),
        ("done", VERDICT | {"dry_run": True}, "触发了群规「ad」：像是广告。演练中，本来会移出群聊。"),
        (
            "done",
            {"reason": "not_addressed", "rehearsed": VERDICT | {"dry_run": True}},
            "没有 @我，本群只在 @我 或用指令时回答。触发了群规「ad」：像是广告。演练中，本来会移出群聊。",
        ),
        ("done", {}, "没有留下记录。"),
    ],
)
def test_each_state_is_one_plain_sentence(state: str, decision: dict[str, Any], told: str) -> None:
    assert describe_decision(state, decision) == told


async def test_a_fault_of_a_plugin_is_the_reason(tmp_path: Path) -> None:
    group = Group()
    async with running(group, tmp_path, [make_ding()]) as bot:
        message_id = group.say("小明", "boom")
        await bot.settle()
        stored = await bot.storage.read("default", inbox.get, message_id)
        assert "插件出错" in describe_decision(stored.state, stored.decision)
