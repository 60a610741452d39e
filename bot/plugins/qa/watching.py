"""The knowledge folder of a running bot: loaded at its start, looked at again when somebody asks."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from bot.plugin import Context
from bot.plugins.qa.files_store import Change
from bot.plugins.qa.folder import KnowledgeFolder

log = logging.getLogger(__name__)

_MOST_NAMED = 5
# One folder for each running bot: a process may run several (simulations), and handlers are functions without a self.
_folders: WeakKeyDictionary[Any, KnowledgeFolder] = WeakKeyDictionary()


async def refresh(ctx: Context[Any]) -> None:
    """Take in what changed in the knowledge folder, and tell the owner once of what cannot be read."""
    folder = _folders.get(ctx.services)
    if folder is None:
        try:
            root = Path(ctx.part("config").knowledge)
        except LookupError:
            return  # a bot made of parts for a test
        folder = _folders[ctx.services] = KnowledgeFolder(root)
    change = await folder.refresh(ctx.db, ctx.read, ctx.now)
    if change.faults:
        await _tell_owner(ctx, change)


def forget(ctx: Context[Any]) -> None:
    """Let go of the folder, so that the next start looks at it at once."""
    _folders.pop(ctx.services, None)


async def _tell_owner(ctx: Context[Any], change: Change) -> None:
    for fault in change.faults:
        log.warning("knowledge file skipped: %s", fault)
    named = "\n".join(change.faults[:_MOST_NAMED])
    more = f"\n……共 {len(change.faults)} 处" if len(change.faults) > _MOST_NAMED else ""
    text = f"知识目录里有文件没读进来，已跳过，改好后会自动重读：\n{named}{more}"
    key = hashlib.sha256("\n".join(change.faults).encode()).hexdigest()[:16]
    await ctx.part("notices").tell(text, f"qa/knowledge/{key}")
