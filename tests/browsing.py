"""The browser that tests look through."""

from __future__ import annotations

import shutil

from playwright.async_api import Browser, Playwright, expect

from tests.patience import PATIENCE

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


async def launch(playwright: Playwright) -> Browser:
    """Start a browser without a window, and have `expect` wait as long as other tests do.

    Raises:
        AssertionError: there is none.
    """
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    assert path, "no browser found: apt-get install chromium"
    expect.set_options(timeout=PATIENCE * 1000)
    return await playwright.chromium.launch(executable_path=path, args=_FLAGS, timeout=PATIENCE * 1000)
