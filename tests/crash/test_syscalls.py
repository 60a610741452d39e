"""Killed at every system call of one message: the group sees exactly one answer."""

import shutil

import pytest

from tests.crash.syscalls import Laboratory

pytestmark = [pytest.mark.crash, pytest.mark.asyncio(loop_scope="module")]

DURABLE_OR_VISIBLE = ["pwrite64", "fdatasync", "ftruncate", "sendto", "write"]


@pytest.fixture
def laboratory(tmp_path, zygote):
    assert shutil.which("strace"), "install strace: it kills the bot at exact system calls"
    return Laboratory(tmp_path, zygote)


async def test_one_answer_whichever_write_the_bot_dies_at(laboratory):
    points = await laboratory.try_all(DURABLE_OR_VISIBLE, step=9)
    print(len(points.tried), "points:", *points.tried)
    assert points.wrong == {}
    assert len(points.tried) >= 10


@pytest.mark.soak
async def test_one_answer_whichever_system_call_the_bot_dies_at(laboratory):
    census = await laboratory.census()
    assert {"pwrite64", "fdatasync", "sendto"} <= set(census)
    points = await laboratory.try_all(sorted(set(census) - {"exit", "exit_group"}))
    print(len(points.tried), "points:", *points.tried)
    assert points.wrong == {}
