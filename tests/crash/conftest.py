import pytest

from tests.crash.zygote import Zygote


@pytest.fixture
async def zygote():
    process = Zygote()
    await process.start()
    yield process
    await process.stop()
