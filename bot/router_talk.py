"""Free text: listeners hear all of it; what is meant for the bot gets a command, an answer, or one line of help."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from bot import outbox
from bot.commands import Match
from bot.commands_reasons import Reason
from bot.dialogue_answers import read_choice
from bot.intent import Intent, IntentKind, Intents
from bot.intent_question import is_question
from bot.intent_topic import has_topic, strip_names
from bot.model import Message
from bot.plugin import Reply
from bot.plugin_types import TAKEN
from bot.router_commands import CommandRunner, Misread
from bot.router_turn import Outcome, Turn, to_replies
from bot.small_talk import kind_word

HELP_LINE = "可以直接问我问题，或发送「帮助」看看我会做什么。"
NOT_ASKED = "您想问什么？请把问题写完整再问我一次，比如「asyncio 怎么限制并发」。"
NOT_UNDERSTOOD = "这句我没看懂，换个说法再问我一次试试。"
NO_LIST = "现在没有可以选的列表，请再发一次指令。"
_HELP_PAUSE = timedelta(minutes=5)
_MOST_HELP = 4  # lines of help in that time: two bots that answer each other would never stop


class Talk:
    """What becomes of text that is no command.

    Args:
        commands: runs what a text means.
        intents: finds what it means; None to do without.
    """

    def __init__(self, commands: CommandRunner, intents: Intents | None) -> None:
        self._commands = commands
        self._intents = intents
        self._helped: dict[tuple[str, str], list[datetime]] = {}

    async def listen(self, turn: Turn) -> Outcome | None:
        """Let every listener hear the message; None when none of them has anything to say or took it."""
        replies: list[Reply] = []
        speaker = taker = ""
        for plugin in turn.plugins:
            for event, handler in plugin.listeners:
                if event is Message:
                    ctx = turn.context(plugin)
                    result = await turn.run(plugin.name, partial(handler, ctx), quiet=True)
                    said = to_replies(result)
                    replies += said
                    speaker = plugin.name if said else speaker
                    taker = plugin.name if result is TAKEN else taker
        if replies:
            return turn.end("listener", Reason.LISTENER, replies, plugin=speaker)
        return turn.end("listener", Reason.TAKEN, plugin=taker) if taker else None

    async def answer(self, turn: Turn) -> Outcome:
        """Answer what is meant for the bot; with `triggers: all` questions that nobody asked the bot are, too."""
        if not turn.message.mentions_bot:
            overheard = turn.triggers == "all" or await _quotes_bot(turn)
            is_asked = overheard and is_question(turn.message.text) and has_topic(turn.message.text)
            return (await self._fall_back(turn) if is_asked else None) or turn.end("chat", Reason.NOT_ADDRESSED)
        if read_choice(turn.message.text) is not None:
            return turn.end("help", Reason.NO_LIST, NO_LIST)
        if _asks_with_quote(turn.message) and (outcome := await self._fall_back(turn)):
            return outcome
        with _prepared(turn):
            intent = await self._classify(turn)
            if intent.kind is IntentKind.COMMAND and (outcome := await self._obey(turn, intent)):
                return outcome
            if intent.kind is not IntentKind.NONE and (outcome := await self._fall_back(turn)):
                return outcome
        return self._help(turn)

    async def _classify(self, turn: Turn) -> Intent:
        if self._intents is None:
            return Intent(IntentKind.QUESTION if turn.message.text else IntentKind.NONE)
        intent = await self._intents.classify(turn.message.text, turn.names)
        turn.decision.update(
            intent=str(intent.kind),
            intent_score=intent.score,
            intent_threshold=intent.threshold,
            intent_command=intent.command,
        )
        turn.note("intent")
        if not intent.is_ready:
            turn.note("no_encoder")
        return intent

    async def _obey(self, turn: Turn, intent: Intent) -> Outcome | None:
        """Run a meant command, or ask before one that changes something; None when it cannot be run like that."""
        found = self._commands.table.find(f"/{intent.line}", True, turn.names)  # noqa: FBT003 - see find
        if not isinstance(found, Match) or not self._commands.can_run(turn, found.entry):
            return None
        command = found.entry.command
        arguments = await self._commands.read_arguments(turn, found)
        if isinstance(arguments, Misread) and found.rest and intent.score != 1:
            return None
        if not command.acts or not isinstance(arguments, list):
            return await self._commands.run(turn, found, "intent")
        turn.close_dialogue()
        what = f"{command.word}「{found.rest}」" if found.rest else f"「{command.word}」"
        reply = Reply(text=f"要{what}吗？回复 是", confirm=intent.line)
        return turn.end("intent", Reason.ASKED_TO_CONFIRM, reply, plugin=command.plugin, command=command.word)

    async def _fall_back(self, turn: Turn) -> Outcome | None:
        for plugin in turn.plugins:
            for fallback in plugin.fallbacks:
                ctx = turn.context(plugin)
                replies = to_replies(await turn.run(plugin.name, partial(fallback, ctx)))
                if replies:
                    return turn.end("fallback", Reason.FALLBACK, replies, plugin=plugin.name)
        return None

    def _help(self, turn: Turn) -> Outcome:
        """Say one kind line, only a few times in five minutes to one person in one place."""
        message = turn.message
        key = (message.room.id if message.room else "", message.talker.id)
        self._helped = {who: at for who, at in self._helped.items() if turn.now - at[-1] < _HELP_PAUSE}
        given = self._helped.setdefault(key, [])
        if len(given) >= _MOST_HELP:
            return turn.end("help", Reason.HELP_GIVEN)
        line = _help_line(turn, is_first=not given)
        given.append(turn.now)
        return turn.end("help", Reason.HELP, line)


@contextmanager
def _prepared(turn: Turn) -> Iterator[None]:
    """Let fallbacks begin with what they will need; what is not asked for is dropped in the end."""
    tasks = []
    for plugin in turn.plugins:
        for begin in plugin.preparers:
            ctx = turn.context(plugin)
            ctx.ahead = task = asyncio.ensure_future(begin(ctx))
            tasks.append(task)
    try:
        yield
    finally:
        for task in tasks:
            if not task.cancel() and not task.cancelled():
                task.exception()  # asked for or not, it was seen


def _help_line(turn: Turn, *, is_first: bool) -> str:
    text = strip_names(turn.message.text)
    if kind := kind_word(text, turn.config.name):
        return kind
    if is_question(text) and not has_topic(text):
        return NOT_ASKED
    return HELP_LINE if is_first else NOT_UNDERSTOOD


def _asks_with_quote(message: Message) -> bool:
    """Whether the quoted text is the question: the bot was only called, or asked 这是什么意思 about it."""
    if message.quote is None or has_topic(message.text) or not has_topic(message.quote.text):
        return False
    return not message.text or is_question(message.text)


async def _quotes_bot(turn: Turn) -> bool:
    """Whether the message quotes something the bot said here: what is asked about it is likely asked of the bot."""
    message = turn.message
    if message.quote is None or message.room is None or not turn.plugins or not is_question(message.text):
        return False
    if message.quote.name == turn.config.name:
        return True
    ctx = turn.context(turn.plugins[0])  # its name in a room is the gateway's to know, but what it said is on record
    return await ctx.read(outbox.find_said, message.room.id, message.quote.text, message.at) is not None
