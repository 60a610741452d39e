"""Study: what members want to hear about, and what they do every day."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.plugin import CHAT, Context, Database, Message, Plugin, Reply, Rest, Row, SchedulesChanged
from bot.plugins.study import checking_in, meeting, ranking, wishing
from bot.plugins.study.check_ins_store import erase_check_ins, export_check_ins
from bot.plugins.study.model import NAME
from bot.plugins.study.settings import StudySettings
from bot.plugins.study.store import migrations
from bot.plugins.study.wishes_store import erase_wishes, export_wishes, purge_met, reopen
from bot.plugins.training.api import SessionCancelled, SessionChanged

plugin = Plugin(NAME, config=StudySettings, migrations=migrations, requires=("training",), title="学习小组")

_MET_KEPT = timedelta(days=90)
_GLUED_WISH = re.compile(r"我?想听(?:[:：,，]\s*|(?=[A-Za-z《「“]))(\S.*)")
_GLUED_CHECK_IN = re.compile(r"打卡(?:[:：,，]\s*(\S.*)|(隐身|现身|第[^几\s]{1,4}天.*|day ?\d+.*))", re.IGNORECASE)


@plugin.command(
    "想听",
    aliases=("我想听",),
    daily=50,
    acts=True,
    utterances=("开一节讲{}的课", "开一节{}的课"),
    examples=(("想听 K8s 入门", "记下了，您是第一个想听「K8s 入门」的。开课时我私聊告诉您。"),),
)
async def wish(ctx: Context[StudySettings], topic: Rest | None = None) -> Reply | str:
    """想听 <题目>：说说想听什么课，和别人一样的算在一起，开课时私聊告诉您。"""
    return await wishing.wish(ctx, topic or "")


@plugin.command("不想听", examples=(("不想听 2", "您还没有说过想听什么…"),))
async def unwish(ctx: Context[StudySettings], topic: Rest | None = None) -> Reply | str:
    """不想听 [题目或序号]：去掉自己想听的一个题目。"""
    return await wishing.unwish(ctx, topic or "")


@plugin.command(
    "想听榜",
    aliases=("想听列表", "许愿榜"),
    examples=(("想听榜", "还没有人说想听什么…"),),
    utterances=("大家都想听什么", "大家想听什么课"),
)
async def list_wishes(ctx: Context[StudySettings]) -> Reply | str:
    """想听榜：看大家想听什么课，回复数字就算您一个。"""
    return await wishing.list_wishes(ctx)


@plugin.command(
    "打卡",
    aliases=("打卡了", "我要打卡", "今日打卡", "每日打卡"),
    examples=(("打卡", "…打卡成功。"), ("打卡 看完第三章", "…打卡成功。")),
)
async def check_in(ctx: Context[StudySettings], note: Rest | None = None) -> Reply | str:
    """打卡 [内容]：记下今天学了什么，每天一次；「打卡 隐身」不上榜，「打卡 现身」再上榜。"""
    return await _check_in(ctx, note or "")


async def _check_in(ctx: Context[StudySettings], typed: str) -> Reply | str:
    match typed.strip().rstrip("。.!！~"):
        case "隐身" | "不上榜" | "匿名" | "隐藏":
            return await checking_in.hide(ctx)
        case "现身" | "上榜" | "取消隐身" | "显示":
            return await checking_in.show(ctx)
        case "榜" | "排名" | "排行" | "排行榜":
            return await ranking.show_ranking(ctx)
        case note:
            return await checking_in.check_in(ctx, note)


@plugin.command(
    "打卡榜", aliases=("打卡排名", "打卡排行榜"), examples=(("打卡榜", "本周还没有人打卡，发「打卡」开个头。"),)
)
async def show_ranking(ctx: Context[StudySettings]) -> str:
    """打卡榜：看这周谁打卡最多。"""
    return await ranking.show_ranking(ctx)


@plugin.command(
    "我的打卡",
    examples=(("我的打卡", "您还没有打过卡，发「打卡」就开始了。"),),
    utterances=("我打卡多少天了", "我连续打卡几天了"),
)
async def show_own(ctx: Context[StudySettings]) -> Reply:
    """我的打卡：看自己这个月的打卡。"""
    return await checking_in.show_own(ctx)


@plugin.on(Message)
async def hear(ctx: Context[StudySettings]) -> Reply | str | None:
    """Take what is written too closely for a command: 「想听K8s入门」, 「想听：Docker」, 「打卡第三天」."""
    if found := _GLUED_WISH.fullmatch(ctx.text):
        reply = await wishing.wish(ctx, found[1])
    elif found := _GLUED_CHECK_IN.fullmatch(ctx.text):
        reply = await _check_in(ctx, found[1] or found[2])
    else:
        return None
    return None if reply is CHAT else reply


@plugin.job("weekly", cron="0 20 * * sun", setting="ranking_at")
async def announce_ranking(ctx: Context[StudySettings]) -> str | None:
    """Tell who checked in most this week."""
    return await ranking.announce(ctx)


@plugin.job("daily", cron="0 10 * * *", missed="skip")
async def tidy(ctx: Context[StudySettings]) -> None:
    """Look once more for what meets a wish, and forget what was met long ago."""
    await meeting.look(ctx)
    await ctx.db(purge_met, ctx.now - _MET_KEPT)


@plugin.on(SessionChanged)
async def look_for_wishes(ctx: Context[StudySettings], event: SessionChanged) -> None:  # noqa: ARG001 - every listener gets it
    """Tell those whose wish it is."""
    await meeting.look(ctx)


@plugin.on(SchedulesChanged)
async def look_at_schedules(ctx: Context[StudySettings], event: SchedulesChanged) -> None:  # noqa: ARG001 - as above
    """Tell those whose wish is new in schedules.yaml; training has applied it by then."""
    await meeting.look(ctx)


@plugin.on(SessionCancelled)
async def wish_again(ctx: Context[StudySettings], event: SessionCancelled) -> None:
    """Keep the wishes that a training session met which will not be."""
    await ctx.db(reopen, event.session_id)


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return what a member wished, and when they checked in."""
    return {"wishes": export_wishes(db, member_id), **export_check_ins(db, member_id)}


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Delete all of that."""
    return {**erase_wishes(db, member_id), **erase_check_ins(db, member_id)}
