"""The files of a new plugin; `$name` becomes its name."""

INIT = '''\
"""$name: remembers short notes for each member."""

from __future__ import annotations

from bot.plugin import Context, Plugin, Rest, Settings, UserError

from . import store, texts


class Config(Settings):
    """What `bot.yaml` can say under `plugins: $name:`."""

    most_notes: int = 20


plugin = Plugin("$name", title="$name", config=Config, migrations=store.migrations)
plugin.exports(store.export_notes)
plugin.erases(store.erase_notes)


@plugin.command(
    "$name",
    cooldown=1,
    examples=(("$name 周五带电脑", "记下了，现在有 1 条。"), ("$name", "还没有记过，发「$name 内容」记一条。")),
)
async def handle_note(ctx: Context[Config], note: Rest | None = None) -> str:
    """$name [内容]：记下一句话；不写内容就看记过的。"""
    if note is None:
        return texts.list_notes(await ctx.read(store.latest_notes, ctx.talker.id))
    count = await ctx.db(store.add_note, ctx.talker.id, note, ctx.now.isoformat(), ctx.config.most_notes)
    if count is None:
        raise UserError(texts.FULL.format(most=ctx.config.most_notes))
    return texts.ADDED.format(count=count)


@plugin.command("$name-clear")
async def clear_notes(ctx: Context[Config]) -> str:
    """$name-clear：删掉自己记过的。"""
    gone = await ctx.db(store.erase_notes, ctx.talker.id)
    return texts.CLEARED.format(count=gone["${name}_notes"])
'''

STORE = '''\
"""Tables and SQL of $name."""

from __future__ import annotations

from bot.plugin import Database, Migrations, Row

migrations = Migrations("$name")


@migrations()
def m001_notes(db: Database) -> None:
    """Make the table; never edit a migration once it has run, add m002 below it."""
    db.execute(
        "create table ${name}_notes (community text not null, id text not null, member_id text not null,"
        " note text not null, noted_at text not null, primary key (community, id))"
    )
    db.execute("create index ${name}_notes_by_member on ${name}_notes (community, member_id, id)")


def add_note(db: Database, member_id: str, note: str, noted_at: str, most: int) -> int | None:
    """Store a note and return how many there are now; None when the member has as many as allowed."""
    count = count_notes(db, member_id)
    if count >= most:
        return None
    db.execute(
        "insert into ${name}_notes (community, id, member_id, note, noted_at)"
        " values (:community, :id, :member_id, :note, :noted_at)",
        {"id": db.new_id(), "member_id": member_id, "note": note, "noted_at": noted_at},
    )
    return count + 1


def count_notes(db: Database, member_id: str) -> int:
    """Return how many notes a member has."""
    rows = db.query(
        "select count(*) as n from ${name}_notes where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )
    return int(rows[0]["n"])


def latest_notes(db: Database, member_id: str, limit: int = 5) -> list[str]:
    """Return a member's latest notes, the latest first."""
    rows = db.query(
        "select note from ${name}_notes where community = :community and member_id = :member_id"
        " order by id desc limit :limit",
        {"member_id": member_id, "limit": limit},
    )
    return [row["note"] for row in rows]


def export_notes(db: Database, member_id: str) -> Row:
    """Return what is stored about a member, for 导出我的数据."""
    rows = db.query(
        "select note, noted_at from ${name}_notes where community = :community and member_id = :member_id order by id",
        {"member_id": member_id},
    )
    return {"${name}_notes": rows}


def erase_notes(db: Database, member_id: str) -> Row:
    """Delete it, for 删除我的数据; return rows deleted per table."""
    gone = db.execute(
        "delete from ${name}_notes where community = :community and member_id = :member_id", {"member_id": member_id}
    )
    return {"${name}_notes": gone}
'''

TEXTS = '''\
"""What members read."""

from __future__ import annotations

from collections.abc import Sequence

ADDED = "记下了，现在有 {count} 条。"
CLEARED = "删掉了 {count} 条。"
EMPTY = "还没有记过，发「$name 内容」记一条。"
FULL = "已经有 {most} 条了，先发「$name-clear」清一清。"


def list_notes(notes: Sequence[str]) -> str:
    """Return the notes as numbered lines."""
    return "\\n".join(f"{number}. {note}" for number, note in enumerate(notes, 1)) or EMPTY
'''

TEST = '''\
"""Conversations with $name in a simulated room; nothing is needed but `pip install qunzhi`."""

from collections.abc import Sequence
from typing import Any

import pytest

from bot.plugin import Plugin
from bot.testing import SimulatedRoom

from . import plugin

pytest_plugins = ["bot.testing"]
pytestmark = pytest.mark.asyncio


@pytest.fixture
def plugins() -> Sequence[Plugin[Any]]:
    return [plugin]


@pytest.fixture
def room_config() -> str:
    return "plugins:\\n  $name:\\n    most_notes: 2\\n"


async def test_a_note_is_kept_and_listed(room: SimulatedRoom) -> None:
    alice = room.member("Alice")
    assert await alice.says("$name 周五带电脑") == ["记下了，现在有 1 条。"]
    room.clock.advance(minutes=1)
    assert await alice.says("$name") == ["1. 周五带电脑"]


async def test_nobody_sees_the_notes_of_others(room: SimulatedRoom) -> None:
    await room.member("Alice").says("$name 周五带电脑")
    assert await room.member("Bob").says("$name") == ["还没有记过，发「$name 内容」记一条。"]


async def test_a_note_too_many_is_refused_until_the_list_is_cleared(room: SimulatedRoom) -> None:
    alice = room.member("Alice")
    for note in ("一", "二"):
        await alice.says(f"$name {note}")
        room.clock.advance(minutes=1)
    assert await alice.says("$name 三") == ["已经有 2 条了，先发「$name-clear」清一清。"]
    room.clock.advance(minutes=1)
    assert await alice.says("$name-clear") == ["删掉了 2 条。"]
    room.clock.advance(minutes=1)
    assert await alice.says("$name 三") == ["记下了，现在有 1 条。"]


async def test_notes_outlive_a_crash(room: SimulatedRoom) -> None:
    alice = room.member("Alice")
    await alice.says("$name 周五带电脑")
    await room.crash()
    room.clock.advance(minutes=1)
    assert await alice.says("$name") == ["1. 周五带电脑"]
'''

README = """\
# $name

群知的插件：每个人记几句话，随时看。

| 群里发 | 机器人回 |
|---|---|
| `$name 周五带电脑` | 记下了，现在有 1 条。 |
| `$name` | 1. 周五带电脑 |
| `$name-clear` | 删掉了 1 条。 |

## 打开

在 `bot.yaml` 里写上它所在的目录，重启：

```yaml
plugin_folders: $folder
plugins:
  $name:
    most_notes: 20     # 一个人最多记几条
```

改了代码以后，群主发「插件 重载 $name」就生效；改了表（`store.py` 里的 migrations）要重启。

## 测试

```
pytest $folder/$name
```

`store.py` 是表和 SQL，`texts.py` 是成员读到的话，`__init__.py` 是指令。插件只从 `bot.plugin` 导入。
"""
