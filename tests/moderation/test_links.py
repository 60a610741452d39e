"""Links, and what only looks like one."""

import pytest

from bot.moderation.links import find_links, is_within
from bot.moderation.revealing import reveal


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("看 https://github.com/foo/bar?x=1。好", ["github.com"]),
        ("t.cn/abc 和 www.baidu.com", ["t.cn", "baidu.com"]),
        ("加我abc.com吧", ["abc.com"]),
        ("http://github.com@evil.top/x", ["evil.top"]),
        ("https://good.cn:8443@evil.top:8080/x", ["evil.top"]),
        ("https://例子.中国/路径", ["例子.中国"]),
        ("HTTPS://Docs.Python.ORG/3/", ["docs.python.org"]),
        ("https://x.io/a https://y.dev/b", ["x.io", "y.dev"]),
    ],
)
def test_links_are_found_with_the_domain_they_lead_to(text: str, domains: list[str]) -> None:
    assert [link.domain for link in find_links(text)] == domains


@pytest.mark.parametrize(
    "text",
    [
        "main.py 和 node.js", "a.b.c", "asyncio.run()", "logger.info('x')", "self.net = net", "v1.2.3 3.14 i.e. e.g.",
        "发到 a@example.com", "http://localhost:8000/x", "README.md", "文件在 src/a.cc", "你好。再见", "...",
    ],
)  # fmt: skip
def test_code_files_versions_and_mail_are_no_links(text: str) -> None:
    assert find_links(text) == []


@pytest.mark.parametrize("text", ["ｈｔｔｐｓ：／／ｅｖｉｌ．ｔｏｐ／ａ", "https://evil.top/a", "hxxps://evil.top/a"])
def test_a_disguised_link_is_found_in_revealed_text(text: str) -> None:
    assert [link.domain for link in find_links(reveal(text).text)] == ["evil.top"]


@pytest.mark.parametrize(
    ("domain", "is_listed"),
    [("t.cn", True), ("a.b.t.cn", True), ("at.cn", False), ("cn", False), ("t.cn.evil.top", False)],
)
def test_a_listed_domain_means_those_below_it_too(domain: str, is_listed: bool) -> None:
    assert is_within(domain, ["t.cn"]) is is_listed


@pytest.mark.parametrize(
    "text", ["a." * 50_000, "http://" * 15_000, "https://" + "a@" * 50_000, "a-" * 50_000 + ".com"]
)
def test_texts_made_to_be_slow_are_read(text: str) -> None:
    assert len(find_links(text)) <= 1
