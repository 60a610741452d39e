"""What `status` says to a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_STATES = {
    "pending": "待发", "sending": "正在发送", "sent": "已发", "uncertain": "没有等到确认", "failed": "被微信拒绝",
    "dead": "已放弃", "merged": "已合并",
}  # fmt: skip
_TABLES = {"rooms": "群", "members": "成员", "messages": "消息", "posts": "文章", "passages": "片段", "vectors": "向量"}


def describe_status(facts: Mapping[str, Any]) -> list[str]:
    """Return the facts of `Offline.status` as short lines."""
    whole = "完好" if facts["integrity"] == "ok" else f"有损坏（{facts['integrity']}），请用 restore 恢复备份"
    states, tables = facts["by_state"], facts["tables"]
    sizes = [f"{name} {tables[table]}" for table, name in _TABLES.items() if table in tables]
    sent = [f"{name} {states[state]}" for state, name in _STATES.items() if states.get(state)]
    lines = [
        f"数据库：{facts['database']}，{whole}",
        f"数量：{'，'.join(sizes)}",
        f"发送：{'，'.join(sent) or '还没有发过'}",
    ]
    waiting = sum(facts["waiting"].values())
    if waiting:
        lines.append(f"排队：{waiting} 条，最早的写于 {facts['oldest']:%Y-%m-%d %H:%M} UTC")
    return [*lines, *([f"定时：{facts['later']} 条还没到时间"] if facts["later"] else [])]
