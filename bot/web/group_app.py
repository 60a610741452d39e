"""The simulated group in a browser: one page, a stream of happenings, and a few acts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from quart import Quart, Response, abort, request

from bot.errors import UserError
from bot.gateway.simulated_group import World, is_image
from bot.model import FileContent
from bot.web.group_acts import GroupActs
from bot.web.group_feed import Feed
from bot.web.group_view import show_state
from bot.web.guard import protect
from bot.web.serving import CLOSERS

_STATIC = Path(__file__).parent / "static"
_LARGEST_UPLOAD = 25_000_000  # bytes; what the gateway protocol promises
_HISTORY = 300  # happenings an opening page is told
_INLINE = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
"""Only these are shown in the page; everything else is handed over as a download, so that no upload can run."""


def create_app(
    world: World, bot_id: str, *, waiting: Callable[[], int] = lambda: 0, hints: Sequence[str] = ()
) -> Quart:
    """Build the page's application.

    Args:
        world: the group that is shown.
        bot_id: contact id of the bot in it.
        waiting: returns how many messages of the bot are waiting to be sent (pacing), shown as 正在输入.
        hints: what a newcomer may try, offered as buttons.
    """
    app = Quart("bot.web.group", static_folder=str(_STATIC), static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_UPLOAD
    protect(app)
    feed, acts = Feed(world, waiting), GroupActs(world, bot_id)

    @app.before_serving
    async def start() -> None:
        feed.start()

    app.extensions[CLOSERS] = [feed.stop]
    _add_reading(app, world, bot_id, feed, hints)
    _add_acting(app, acts)
    return app


def _add_reading(app: Quart, world: World, bot_id: str, feed: Feed, hints: Sequence[str]) -> None:
    @app.get("/")
    async def page() -> Response:
        return await app.send_static_file("group.html")

    @app.get("/api/state")
    async def state() -> dict[str, Any]:
        return show_state(world, bot_id, _HISTORY) | {"hints": list(hints)}

    @app.get("/api/events")
    async def events() -> Response:
        last = request.headers.get("Last-Event-ID")
        after = int(last) + 1 if last and last.isdecimal() else request.args.get("after", len(world.history), int)
        response = Response(feed.stream(after), content_type="text/event-stream")
        response.timeout = None
        return response

    @app.get("/api/files/<message_id>")
    async def file(message_id: str) -> Response:
        if message_id not in world.files or message_id in world.recalled:
            abort(HTTPStatus.NOT_FOUND)
        return _show_file(world.files[message_id])


def _add_acting(app: Quart, acts: GroupActs) -> None:
    orders: dict[str, Callable[[dict[str, Any]], Any]] = {
        "say": acts.say,
        "recall": acts.recall,
        "join": acts.join,
        "leave": acts.leave,
    }

    @app.post("/api/<any(say, recall, join, leave):name>")
    async def act(name: str) -> dict[str, Any]:
        order = await request.get_json(silent=True)
        if not isinstance(order, dict):
            abort(HTTPStatus.BAD_REQUEST)
        return {"done": orders[name](order)}

    @app.post("/api/upload")
    async def upload() -> dict[str, Any]:
        form, files = await request.form, await request.files
        if "file" not in files:
            abort(HTTPStatus.BAD_REQUEST)
        sent = files["file"]
        name = Path(sent.filename or "file.dat").name
        acts.send_file(form, FileContent(name, sent.read(), sent.mimetype or ""))
        return {"done": None}

    @app.errorhandler(UserError)
    async def explain(error: UserError) -> tuple[dict[str, str], int]:
        return {"error": error.text}, HTTPStatus.UNPROCESSABLE_ENTITY

    @app.errorhandler(PermissionError)
    async def refuse(_: PermissionError) -> tuple[dict[str, str], int]:
        return {"error": "您已不在这个群里，换个身份再试。"}, HTTPStatus.FORBIDDEN

    @app.errorhandler(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    async def too_large(_: Exception) -> tuple[dict[str, str], int]:
        return {"error": "文件太大了，最多 25 MB。"}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def _show_file(file: FileContent) -> Response:
    suffix = file.name.rpartition(".")[2].lower()
    if is_image(file) and suffix in _INLINE:
        return Response(file.data, content_type=_INLINE[suffix])
    response = Response(file.data, content_type="application/octet-stream")
    response.headers.add("Content-Disposition", "attachment", filename=file.name)
    return response
