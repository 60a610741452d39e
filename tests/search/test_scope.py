from collections.abc import AsyncIterator
from datetime import date

import pytest

from bot.clock import VirtualClock
from bot.search import store
from bot.search.model import Condition, Document
from bot.search.service import Search
from bot.storage import Storage

pytestmark = pytest.mark.slow  # whole indexes

_POSTS = [
    Document("a", "Redis 卡住", "改用 SCAN。", tags=("Redis", "性能"), author="张三", date="2024-05-01"),
    Document("b", "Redis 持久化", "开 AOF。", tags=("redis",), author="李四", date="2025-06-30"),
    Document("c", "Redis 集群", "至少三个主节点。", tags=("redis", "部署"), author="张三", date="2026-01-15T08:00:00"),
    Document("d", "Redis 密码", "requirepass。", author="王五"),
]


@pytest.fixture(params=["hashing", "none"])
async def search(storage: Storage, clock: VirtualClock, request: pytest.FixtureRequest) -> AsyncIterator[Search]:
    for post in _POSTS:
        await storage.run("c", store.put_document, post)
    for number in range(200):  # more than both sides look at, all nearer to the question
        await storage.run("c", store.put_document, Document(f"x{number}", "redis redis", "redis", tags=("别的",)))
    search = Search(storage, clock, request.param)
    await search.start()
    await search.settle()
    yield search
    await search.stop()


async def test_a_search_can_be_limited_to_tags_author_and_dates(search: Search) -> None:
    async def ids(**conditions: object) -> str:
        found = await search.find("c", "redis", limit=10, **conditions)  # type: ignore[arg-type]
        return "".join(sorted(hit.document_id for hit in found.hits))

    assert await ids(tags=["redis"]) == "abc"
    assert await ids(tags=["Redis", "性能"]) == "a"
    assert await ids(author="@张三") == "ac"
    assert await ids(author="王五") == "d"
    assert await ids(since=date(2025, 6, 30)) == "bc"
    assert await ids(until=date(2025, 6, 30)) == "ab"
    assert await ids(since=date(2026, 1, 15), until=date(2026, 1, 15)) == "c"
    assert await ids(tags=["redis"], author="张三", until=date(2025, 1, 1)) == "a"
    assert await ids(tags=["没有这个"]) == ""


def test_a_condition_knows_whether_it_asks_for_anything() -> None:
    assert Condition().is_empty
    assert not Condition(author="张三").is_empty
    assert Condition(author="＠张三").admits([], "张三")
    assert not Condition(tags=("a",)).admits(["b"], "")
