from collections.abc import AsyncIterator

import pytest_asyncio

from tests.crash.zygote import Zygote


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def zygote() -> AsyncIterator[Zygote]:
    """A process that forks bots, for all tests of a module: it imports everything, which takes seconds."""
    process = Zygote()
    await process.start()
    yield process
    await process.stop()
