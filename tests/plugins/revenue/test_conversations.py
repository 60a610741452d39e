from __future__ import annotations

from datetime import timedelta

import pytest

from bot.plugin import Role
from bot.plugins.training.model import OrderState
from bot.plugins.training.sessions_store import put_session
from bot.testing import SimulatedRoom
from tests.plugins.attendance.kit import STARTS, session
from tests.plugins.revenue.kit import hold, put_order

pytestmark = pytest.mark.slow  # days of conversation


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\n"


async def ask(room: SimulatedRoom, text: str) -> str:
    (said,) = await room.owner.says(text, private=True)
    return said


async def test_without_sessions_the_owner_is_told_so(room: SimulatedRoom) -> None:
    assert await ask(room, "收入") == "还没有场次。课表里有了收费场次，这里就能看到收入。"


async def test_a_month_is_summed_up_beside_the_documents_model(room: SimulatedRoom) -> None:
    await hold(room, "fastapi", 99, 25, payers=20)
    await hold(room, "rust", 49, 50, starts_at=STARTS + timedelta(days=7))
    await hold(room, "go", 49, 10, starts_at=STARTS - timedelta(days=30))
    assert (await ask(room, "收入")).splitlines() == [
        "本月收入：2 场，实收 4430 元。",
        "对照（2 场）：模型 2223.60 元，实收 4430 元。",
        "R＝ΣC·P^(a+1)＝22.24 元（按每位群友算，a＝0.80），乘群人数就是一场的收入。",
        "C 票价；P 参与度＝到场÷群人数；成功度 Q＝实收÷（C×到场），模型认为 Q＝P^a。",
        "a＝0.8 是资料里举例的假设，不是本群的数据：可用的场次 3 场，满 10 场就用自己的来估。",
        "回复编号看一场：",
        "1. 12-05《fastapi 课》实收 1980 元，报名 25，到场 25，P 0.25",
        "2. 12-12《rust 课》实收 2450 元，报名 50，到场 50，P 0.50",
    ]
    assert (await ask(room, "1")).splitlines()[:5] == [
        "《fastapi 课》2026-12-05 20:00",
        "票价 99 元，报名 25，到场 25，付款 20 位，实收 1980 元。",
        "P＝25÷100＝0.250，C＝99 元，Q＝1980÷（99×25）＝0.80",
        "模型：群人数·C·P·P^a＝100×99×0.250×0.250^0.80＝816.45 元",
        "实收：1980 元",
    ]
    assert (await ask(room, "收入 上月")).startswith("上月收入：1 场，实收 490 元。")
    assert (await ask(room, "收入 全部")).startswith("全部收入：3 场，实收 4920 元。")


async def test_money_to_give_back_is_no_revenue(room: SimulatedRoom) -> None:
    await hold(room, "fastapi", 99, 2)
    states = (OrderState.REFUND_DUE, OrderState.REFUNDED, OrderState.OPEN, OrderState.CLOSED)
    await room.app.storage.run("default", lambda db: [put_order(db, "fastapi", 9900, one) for one in states])
    said = await ask(room, "收入")
    assert said.startswith("本月收入：1 场，实收 198 元，待退 99 元。")
    assert "实收 198 元，报名 2，到场 2，P 0.02，待退 99 元" in said


async def test_a_session_that_is_not_over_has_no_model_yet(room: SimulatedRoom) -> None:
    await room.app.storage.run("default", put_session, session(price_fen=9900))
    assert await ask(room, "收入 fastapi-101") == (
        "《FastAPI 入门实战》2026-12-05 20:00\n票价 99 元，报名 0，付款 0 位，实收 0 元。\n"
        "结束并且有人签到以后，才算得出参与度 P，才能对照模型。"
    )
    assert await ask(room, "收入") == "本月还没有上过课，也没有收款。看所有的发「收入 全部」。"
    await room.app.storage.run("default", put_session, session(id="free", entry="free", title="免费课"))
    assert (await ask(room, "收入 免费课")).endswith("免费场次没有票价 C，不参与模型。")


async def test_a_series_is_summed_up_by_its_name(room: SimulatedRoom) -> None:
    for day in (4, 11):
        about = session(
            id=f"go/2026-12-{day:02d}", entry="go", title="Go 周会", price_fen=4900, starts_at=STARTS.replace(day=day)
        )
        await room.app.storage.run("default", put_session, about)
    assert (await ask(room, "收入 go")).startswith("《Go 周会》系列收入：2 场，实收 0 元。")
    assert (await ask(room, "收入 go 12-11")).startswith("《Go 周会》2026-12-11 20:00")


async def test_what_nobody_knows_is_answered_with_what_can_be_asked(room: SimulatedRoom) -> None:
    assert await ask(room, "收入 rust-9") == (
        "没有找到场次「rust-9」。看收入可以发：收入 本月、收入 上月、收入 全部、收入 场次编号，"
        "或者「收入 若 129」估算改价。"
    )
    assert await room.owner.says("收入 不错啊大家") == []


async def test_revenue_is_the_owners_alone_and_goes_to_private(room: SimulatedRoom) -> None:
    await hold(room, "fastapi", 99, 2)
    assert await room.member("小明").says("收入") == []
    assert await room.member("小明").says("收入", private=True) == ["「收入」要群主才能用。"]
    assert await room.member("管理", Role.ADMIN).says("/收入") == ["「收入」要群主才能用。"]
    said, note = await room.owner.says("收入")
    assert said.startswith("本月收入")
    assert note == "群主，已私聊回复您。"


async def test_nothing_is_said_of_prices_before_there_is_enough(room: SimulatedRoom) -> None:
    await hold(room, "fastapi", 99, 25)
    assert await ask(room, "收入 若 129") == (
        "数据还不够，不估价格，免得误导您。还差：收费且有签到的场次 1 场（要 10 场）；"
        "试过的票价 1 种（要 3 种）；参与度最高和最低相差 0.00（要 0.15）。"
    )


async def hold_many(room: SimulatedRoom) -> None:
    """Twelve sessions at four prices, dearer ones with fewer people, who all paid."""
    came = [52, 41, 30, 20, 49, 43, 28, 22, 50, 39, 31, 19]
    for number, people in enumerate(came):
        price = (49, 79, 109, 139)[number % 4]
        payers = round(people * (people / 100) ** 0.3)
        await hold(room, f"s{number}", price, people, payers=payers, starts_at=STARTS + timedelta(days=number))


async def test_with_ten_sessions_a_is_the_rooms_own(room: SimulatedRoom) -> None:
    await hold_many(room)
    lines = (await ask(room, "收入 全部")).splitlines()
    assert lines[0] == "全部收入：12 场，实收 25463 元。"
    assert lines[4].startswith("本群 12 场估出 a＝0.3")
    assert "95 % 区间" in lines[4]
    assert "R²＝0.9" in lines[4]
    assert lines[5].startswith("另一种 k·P^a：k＝")
    assert lines[6].startswith("模型用的是 ")


async def test_another_price_is_foretold_with_how_unsure_it_is(room: SimulatedRoom) -> None:
    await hold_many(room)
    lines = (await ask(room, "收入 若 99")).splitlines()
    assert lines[0] == "如果票价从 139 元改成 99 元（群里 100 人）："
    assert lines[1].startswith("参与度 P：0.21 → 0.32（单场 95 % 在 ")
    assert lines[2].startswith("每场收入：约 ")
    assert "ln P＝" in lines[3]
    assert "试过的范围里" in lines[4]
    assert await ask(room, "收入 若 500") == "500 元离试过的票价太远，估不准。可以问 39 元到 167 元之间的。"
    assert (await ask(room, "收入 若")).endswith("想估算改价，发「收入 若 129」（129 是新票价，单位元）。")


async def test_where_the_price_changes_nothing_no_price_is_advised(room: SimulatedRoom) -> None:
    for number, people in enumerate([30, 20, 35, 22, 31, 19, 36, 25, 29, 34]):
        price = (49, 79, 109)[number % 3]
        await hold(room, f"s{number}", price, people, starts_at=STARTS + timedelta(days=number))
    said = await ask(room, "收入 若 99")
    assert "不给定价建议" in said
    assert "可能只是偶然" in said
    assert "算不出（各场一样）" in await ask(room, "收入 s1")
