"""The knowledge folder of a running bot: loaded at its start, looked at again when somebody asks."""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from bot.plugin import Context, QunzhiError
from bot.plugins.qa.files_store import Change
from bot.plugins.qa.folder import KnowledgeFolder, Run

log = logging.getLogger(__name__)

_MOST_NAMED = 5
# One folder for each running bot: a process may run several (simulations), and handlers are functions without a self.
_folders: WeakKeyDictionary[Any, KnowledgeFolder] = WeakKeyDictionary()
_loading: WeakKeyDictionary[Any, asyncio.Task[None]] = WeakKeyDictionary()


async def refresh(ctx: Context[Any]) -> None:
    """Take in what changed in the knowledge folder, and tell the owner once of what cannot be read."""
    folder = _folders.get(ctx.services)
    if folder is None:
        try:
            root = Path(ctx.part("config").knowledge)
        except LookupError:
            return  # a bot made of parts for a test
        folder = _folders[ctx.services] = KnowledgeFolder(root)
    change = await folder.refresh(_writer(ctx), ctx.read, ctx.now)
    if change.faults:
        await _tell_owner(ctx, change)
    if change.left and ctx.services not in _loading:
        _loading[ctx.services] = _begin_rest(ctx, folder)


def forget(ctx: Context[Any]) -> None:
    """Let go of the folder, so that the next start looks at it at once."""
    _folders.pop(ctx.services, None)
    if task := _loading.pop(ctx.services, None):
        task.cancel()


def _begin_rest(ctx: Context[Any], folder: KnowledgeFolder) -> asyncio.Task[None]:
    """Read on in a context of its own: it outlives the message that began it."""
    task = asyncio.create_task(_load_rest(ctx, folder), name="knowledge", context=contextvars.Context())
    with suppress(LookupError):  # a bot made of parts for a test
        hold = ctx.part("clock").hold()  # what a simulation answers does not depend on how fast this machine reads
        task.add_done_callback(lambda _task: hold.release())
    return task


async def _load_rest(ctx: Context[Any], folder: KnowledgeFolder) -> None:
    """Read a large folder while the bot already answers; a handler may not take that long."""
    try:
        change = await folder.load(_writer(ctx), ctx.read, ctx.now)
        if change.faults:
            await _tell_owner(ctx, change)
    except QunzhiError as error:
        log.warning("knowledge is not all read, the next question tries again: %s", error)
    finally:
        _loading.pop(ctx.services, None)


def _writer(ctx: Context[Any]) -> Run:
    """Return what writes outside the steps of the message at hand: handled again, it finds the folder read already."""

    async def write(fn: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401 - as the store's functions
        return await ctx.services.write(lambda db: fn(db, *args))

    return write


async def _tell_owner(ctx: Context[Any], change: Change) -> None:
    for fault in change.faults:
        log.warning("knowledge file skipped: %s", fault)
    named = "\n".join(change.faults[:_MOST_NAMED])
    more = f"\n……共 {len(change.faults)} 处" if len(change.faults) > _MOST_NAMED else ""
    text = f"知识目录里有文件没读进来，已跳过，改好后会自动重读：\n{named}{more}"
    key = hashlib.sha256("\n".join(change.faults).encode()).hexdigest()[:16]
    await ctx.part("notices").tell(text, f"qa/knowledge/{key}")
