"""Keeps other web sites out of pages that are served on loopback."""

from __future__ import annotations

from urllib.parse import urlsplit

from quart import Quart, Response, abort, request

HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def protect(app: Quart) -> None:
    """Refuse requests that another site makes a browser send, and let the page load nothing from elsewhere.

    A foreign `Host` means DNS rebinding; a foreign `Origin` on a request that changes something means forgery.
    """

    @app.before_request
    async def refuse_foreigners() -> None:
        if urlsplit(f"//{request.host}").hostname not in HOSTS:
            abort(403)
        if request.method not in {"GET", "HEAD"} and not _is_own(request.headers.get("Origin")):
            abort(403)

    @app.after_request
    async def add_headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def _is_own(origin: str | None) -> bool:
    return origin is not None and origin.rstrip("/") == f"{request.scheme}://{request.host}"
