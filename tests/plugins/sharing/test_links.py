"""Links: which addresses are refused, and what a page must be like to be read; pages come from a server in here."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plugins.sharing import links_fetch
from bot.plugins.sharing.links import find_link
from bot.plugins.sharing.links_addresses import is_public
from bot.plugins.sharing.links_fetch import INSIDE, LARGEST_PAGE, LinkError, fetch

pytestmark = pytest.mark.slow  # servers

Answer = Callable[[str], bytes]


def allow(address: str, _port: int) -> bool:
    """Let the pages of these tests be read, and nothing else of ours."""
    return address == "127.0.0.1"


@asynccontextmanager
async def serving(answer: Answer, *, drip: float = 0.0) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readuntil(b"\r\n\r\n")).decode().split()[1]
        data = answer(line)
        pieces = [data[at : at + 1] for at in range(len(data))] if drip else [data]
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(drip)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


def page(body: bytes = b"<p>hi</p>", status: str = "200 OK", kind: str = "text/html", **headers: str) -> bytes:
    told = {
        "Content-Type": kind,
        "Content-Length": str(len(body)),
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items() if value)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


async def refusal(answer: bytes, path: str = "/") -> str:
    async with serving(lambda _: answer) as site:
        with pytest.raises(LinkError) as caught:
            await fetch(site + path, allow, seconds=5)
    return str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
     "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::", "not an address"],
)  # fmt: skip
def test_what_is_no_public_address_is_refused(address: str) -> None:
    assert not is_public(address, 80)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111"])
def test_public_addresses_are_reached_on_the_ports_of_the_web_alone(address: str) -> None:
    assert is_public(address, 80)
    assert is_public(address, 443)
    assert not is_public(address, 22)
    assert not is_public(address, 6379)


@given(st.ip_addresses(v=4, network="10.0.0.0/8"))
def test_no_spelling_of_an_inner_address_is_public(address: object) -> None:
    assert not is_public(str(address), 80)
    assert not is_public(f"::ffff:{address}", 80)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]",
     "[::ffff:7f00:1]", "0", "１２７.0.0.1"],
)  # fmt: skip
async def test_however_it_is_spelt_nobody_gets_into_our_own_network(host: str) -> None:
    with pytest.raises(LinkError, match=INSIDE):
        await fetch(f"http://{host}/")


@pytest.mark.parametrize(
    "address",
    ["ftp://example.com/", "file:///etc/passwd", "gopher://x/", "http://", "http:///x", "http://user:pw@1.1.1.1/",
     "http://1.1.1.1:99999/", "http://" + "a" * 70 + ".com/", "http://[::1/", "不是网址"],
)  # fmt: skip
async def test_what_is_no_web_address_is_refused(address: str) -> None:
    with pytest.raises(LinkError, match="网址不对"):
        await fetch(address)


async def test_a_page_that_is_packed_may_be_larger_unpacked() -> None:
    article = b"<p>" + "正文。".encode() * 350_000
    async with serving(lambda _: page(gzip.compress(article), Content_Encoding="gzip")) as site:
        assert (await fetch(site, allow)).data == article


async def test_a_page_is_fetched_with_its_own_name_and_no_cookies() -> None:
    asked: list[str] = []
    async with serving(lambda path: asked.append(path) or page("你好".encode(), kind="text/html; charset=GBK")) as site:
        found = await fetch(f"{site}/文章?q=异步 编程#part", allow)
    assert asked == ["/%E6%96%87%E7%AB%A0?q=%E5%BC%82%E6%AD%A5%20%E7%BC%96%E7%A8%8B"]
    assert (found.data.decode(), found.media_type, found.charset) == ("你好", "text/html", "gbk")


async def test_a_redirect_is_followed_three_times_and_never_inside() -> None:
    def answer(path: str) -> bytes:
        number = int(path.strip("/") or 0)
        return page() if number == 3 else page(status="302 Found", Location=f"/{number + 1}")

    async with serving(answer) as site:
        assert (await fetch(f"{site}/0", allow)).address == f"{site}/3"
        with pytest.raises(LinkError, match="转来转去"):
            await fetch(f"{site}/-1", allow)
    inside = page(status="301 Moved", Location="http://169.254.169.254/latest/meta-data/")
    assert await refusal(inside) == INSIDE
    assert await refusal(page(status="307 Moved", Location="file:///etc/passwd")) == links_fetch.NO_ADDRESS


async def test_a_name_that_changes_its_mind_leads_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = ["127.0.0.1", "10.0.0.1", "10.0.0.1"]
    real = asyncio.get_running_loop().getaddrinfo

    async def rebinding(host: str, port: int, **kind: int) -> list[object]:
        address = answers.pop(0) if host == "rebinding.example" else host
        return await real(address, port, **kind)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", rebinding)
    async with serving(lambda _: page(b"<p>the checked one</p>")) as site:
        found = await fetch(site.replace("127.0.0.1", "rebinding.example"), allow)
    assert found.data == b"<p>the checked one</p>"


async def test_one_inner_address_among_several_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    async def two(_host: str, port: int, **_kind: int) -> list[object]:
        return [(socket.AF_INET, 1, 6, "", (address, port)) for address in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", two)
    with pytest.raises(LinkError, match=INSIDE):
        await fetch("http://two.example/")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (page(bytes(LARGEST_PAGE + 1)), "超过 2 MB"),
        (page(gzip.compress(bytes(50 << 20), 1), Content_Encoding="gzip"), "超过 2 MB"),
        (page(b"not gzip", Content_Encoding="gzip"), "没有传完整"),
        (page(b"short", Content_Length="5000"), "没有传完整"),
        (page(Content_Length="-5"), "没有传完整"),
        (page(Content_Length="", Transfer_Encoding="chunked"), "没有传完整"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "没有传完整"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000, "没有传完整"),
        (b"", "没有传完整"),
        (page(kind="application/pdf"), "不是网页"),
        (page(kind="image/png"), "不是网页"),
        (page(status="403 Forbidden"), "要登录"),
        (page(status="404 Not Found"), "不在了"),
        (page(status="500 Oops"), "连不上"),
    ],
)
async def test_a_page_that_cannot_be_read_says_why(answer: bytes, words: str) -> None:
    assert words in await refusal(answer)


async def test_a_server_that_drips_is_given_up_in_time() -> None:
    async with serving(lambda _: page(b"x" * 10_000), drip=0.01) as site:
        with pytest.raises(LinkError, match="太久没有打开"):
            await fetch(site, allow, seconds=0.1)


async def test_nobody_at_home_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(LinkError, match="连不上"):
        await fetch(f"http://127.0.0.1:{port}/", allow)


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://a.cn/b?c=1&d=2#e", "https://a.cn/b?c=1&d=2#e"),
        (" https://a.cn/b. ", "https://a.cn/b"),
        ("看 https://a.cn/b", ""),
        ("https://a.cn/b 看看这个", ""),
        (
            "<msg><appmsg><title>好文</title><url>https://a.cn/b?c=1&amp;d=2</url></appmsg></msg>",
            "https://a.cn/b?c=1&d=2",
        ),
        ("<url><![CDATA[https://a.cn/b]]></url>", "https://a.cn/b"),
        ("ftp://a.cn", ""),
        ("", ""),
    ],
)
def test_a_message_that_is_nothing_but_a_link_is_one(text: str, link: str) -> None:
    assert find_link(text) == link
