"""What members say and read in a day of questions, with the real encoder and our own posts."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.app import App
from bot.clock import Clock
from bot.config_model import Config
from bot.gateway import Gateway
from bot.simulation import Simulation
from bot.simulation_script import read_script
from bot.simulation_transcript import TextReporter, find_column

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "data" / "simulation"
ZONE = ZoneInfo("Asia/Shanghai")

FOLLOW_UP = """
小明 @小知 端口被占用怎么查？
用 ss -ltnp 查谁在监听这个端口
小明 那 Windows 上呢？
Windows 上用 netstat -ano | findstr :8000。
按「Windows 端口被占用怎么查？」理解
小红 有例子吗
sem = asyncio.Semaphore(10)
小刚 那 Windows 上呢？
小红 换成多进程呢
小红 @小知 换成多进程呢
纯 Python 计算用多进程
进程崩溃，重新启动
小红 @小知 还有别的办法吗
还有这几篇，回复数字看全文：
您问的是哪一个？回复数字：
小明 2
先看 EXPLAIN。
小刚 「小知：先看 EXPLAIN。」那联合索引呢
联合索引
知识库里还没有这个问题的答案，已记下
您是接着哪个问题问的？请把问题写完整再问我一次
"""
FEEDBACK = """
小明 @小知 vim 怎么批量替换文字？
先用 V 选中几行
小赵 没用
小明 更多
2. 《vim 怎么批量替换文字》
谢谢反馈，已记下。
这个问题没有更多出处了
抱歉没帮上忙。要不要记成待答？回复 1
#97 是您自己分享的，就不计票了，谢谢您的分享。
小赵 @小知 vim 怎么批量替换文字？
在命令模式输入 :%s/旧/新/g
上次的回答只有 2 个出处
已记成待答（Q1）。
好的，已改成「有用」，谢谢您。
1. #96《vim 怎么批量替换文字》
→ 作答
"""
TEASER = """
讲的就是这个，这是会员内容。
小明 来源 1
发送「套餐」看看怎么开通，开通后再问一次就能看到全文。
小明 @小知 为什么会这样？
讲的就是这个，这是会员内容。
老王 @小知 线上 redis 突然卡住了
先查 SLOWLOG
"""
TRACEBACK = """
RuntimeError: asyncio.run() cannot be called from a running event loop
表示已经在事件循环里，又想再开一个。
建一个虚拟环境再装
database is locked 基本都是这三件没做到。
"""


@pytest.mark.encoder
@pytest.mark.parametrize(
    ("name", "expected"),
    [("follow-up", FOLLOW_UP), ("feedback", FEEDBACK), ("teaser", TEASER), ("traceback", TRACEBACK)],
)
async def test_a_day_reads_as_meant(name: str, expected: str, tmp_path: Path) -> None:
    def make_bot(gateway: Gateway, clock: Clock) -> App:
        return App(Config(knowledge=str(ROOT / "knowledge")), gateway, clock, data_dir=tmp_path)

    file = DATA / f"{name}.txt"
    steps, text = read_script(file), list[str]()
    reporter = TextReporter(text.append, ZONE, "小知", find_column(steps, "小知"))
    await Simulation(steps, make_bot, reporter, zone=ZONE, file=file).run()
    at, transcript = 0, "\n".join(text)
    for line in expected.strip().splitlines():
        found = transcript.find(line, at)
        assert found >= 0, f"{line} is not said after:\n{transcript[:at]}"
        at = found + len(line)
