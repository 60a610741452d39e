"""Web pages → Markdown: the article without menus, comments and advertisements, and who wrote it when."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

from bot.documents.markdown import take_heading, to_markdown
from bot.documents.model import Converted, DocumentError

# Where sites that programmers share keep the article; any other page is judged by readability.
_BODIES = (
    "//*[@id='js_content']",  # WeChat's own articles
    "//*[@id='content_views']",  # CSDN
    "//*[@id='cnblogs_post_body']",
    "//*[contains(@class,'Post-RichText')]",  # Zhihu
    "//*[@id='article-root']//*[contains(@class,'markdown-body')]",  # Juejin
    "//article[contains(@class,'markdown-body')]",  # GitHub
    "//*[@itemprop='articleBody']",
)
_NOISE = "//script|//style|//noscript|//template|//iframe|//form|//button|//svg|//nav|//footer|//comment()"
_LIST, _SHIELDED = "ul", "qz-list"  # readability drops short lists that stand below running text: it shall not see them
_MOST_LINKED = 0.4  # of a list's letters: more of them inside links make it a menu
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset=["']?\s*([\w-]{2,30})""", re.IGNORECASE)
_DAY = re.compile(r"(20\d\d)\s*[-/年.]\s*(\d{1,2})\s*[-/月.]\s*(\d{1,2})")
_WECHAT_DAY = re.compile(r"""\b(?:ct|publish_time|oriCreateTime)\s*=\s*["'](\d{10})["']""")
_NAMES = {
    "title": ("og:title", "twitter:title"),
    "author": ("author", "article:author", "og:article:author", "twitter:creator"),
    "date": ("article:published_time", "datePublished", "pubdate", "publishdate", "date", "og:release_date"),
}
_LEAST_ARTICLE = 40  # letters; what has less is a page one must log in to
_LONGEST_NAME = 40
_LINK = re.compile(r"https?://")
_NO_NAME = re.compile(r"^https?://|@|^\d+$")  # what templates leave in the place of a name


def read_page(data: bytes, address: str = "", charset: str = "") -> Converted:
    """Return the article of a page.

    Args:
        data: HTML.
        address: where it was, so that its links lead somewhere.
        charset: as the server told it; empty when it did not.

    Raises:
        DocumentError: there is no article on it.
    """
    import lxml.html

    text = _decode(data, charset)
    try:
        root = lxml.html.document_fromstring(text, parser=lxml.html.HTMLParser(recover=True, huge_tree=False))
        facts, title = _read_facts(root, text), _page_title(root)
        body = _article(root, address)
    except (ValueError, AssertionError, lxml.etree.LxmlError) as error:
        raise DocumentError("里没有找到正文") from error
    heading, markdown = take_heading(to_markdown(body))
    if sum(map(str.isalnum, markdown)) < _LEAST_ARTICLE:
        raise DocumentError("里没有找到正文，可能要登录才能看")
    title = facts["title"] or heading or title
    return Converted(title=title, text=markdown, author=facts["author"], date=facts["date"])


def _decode(data: bytes, charset: str) -> str:
    declared = _CHARSET.search(data[:4096])
    names = [charset, declared[1].decode("ascii", "replace") if declared else "", "utf-8", "gb18030"]
    for name in names:
        try:
            return data.decode("gb18030" if name.lower() in {"gb2312", "gbk"} else name) if name else data.decode()
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("utf-8", "replace")


def _article(root: Any, address: str) -> str:  # noqa: ANN401 - lxml has no types
    """Return the HTML of the article."""
    import lxml.html
    from readability import Document as Readable

    for element in root.xpath(_NOISE):
        if element.getparent() is not None:  # comments stand outside of the page, too
            element.drop_tree()
    if address:
        root.make_links_absolute(address, resolve_base_href=False, handle_failures="ignore")
    for link in root.iter("a"):
        if not _LINK.match(link.get("href") or ""):
            link.attrib.pop("href", None)  # javascript: and the like
    found = next((one for path in _BODIES for one in root.xpath(path)), None)
    if found is not None:
        return str(lxml.html.tostring(found, encoding="unicode"))
    _shield_lists(root)
    summary: str = Readable(lxml.html.tostring(root, encoding="unicode")).summary(html_partial=True)
    return summary.replace(f"<{_SHIELDED}", f"<{_LIST}").replace(f"</{_SHIELDED}>", f"</{_LIST}>")


def _shield_lists(root: Any) -> None:  # noqa: ANN401 - lxml has no types
    for element in root.xpath(f"//{_LIST}"):
        length = len(element.text_content())
        linked = sum(len(link.text_content()) for link in element.iter("a"))
        if length and linked <= length * _MOST_LINKED:
            element.tag = _SHIELDED


def _read_facts(root: Any, text: str) -> dict[str, str]:  # noqa: ANN401 - lxml has no types
    told = {**_read_json_facts(root), **_read_meta(root)}
    facts = {name: next((told[key] for key in (*keys, name) if told.get(key)), "") for name, keys in _NAMES.items()}
    author = facts["author"] or next(iter(root.xpath("//*[@id='js_name' or @rel='author']/text()")), "")
    author = " ".join(author.split())
    is_name = len(author) <= _LONGEST_NAME and not _NO_NAME.search(author)
    day = (
        _read_day(facts["date"]) or _read_wechat_day(text) or _read_day(next(iter(root.xpath("//time/@datetime")), ""))
    )
    return {"title": facts["title"], "author": author if is_name else "", "date": day}


def _read_meta(root: Any) -> dict[str, str]:  # noqa: ANN401 - lxml has no types
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        if content := " ".join((element.get("content") or "").split()):
            found.setdefault(name, content)
    return found


def _read_json_facts(root: Any) -> dict[str, str]:  # noqa: ANN401 - lxml has no types
    """Return title, author and date as the page tells them to search engines (JSON-LD)."""
    for script in root.xpath("//script[@type='application/ld+json']/text()"):
        try:
            value = json.loads(script)
        except (ValueError, RecursionError):
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and "headline" in one:
                author = one.get("author")
                author = author[0] if isinstance(author, list) and author else author
                name = author.get("name") if isinstance(author, dict) else author
                return {
                    "title": str(one["headline"]),
                    "author": str(name or ""),
                    "date": str(one.get("datePublished", "")),
                }
    return {}


def _page_title(root: Any) -> str:  # noqa: ANN401 - lxml has no types
    """Return the title of the page without the site's name behind it."""
    title = " ".join((root.findtext(".//title") or "").split())
    headings = (" ".join(one.text_content().split()) for one in root.iter("h1"))
    known = next((one for one in headings if one and title.startswith(one)), "")
    return known or re.split(r"\s+[-|_–—·]\s*|\s*[|_–—]\s+", title)[0] or title


def _read_day(text: str) -> str:
    found = _DAY.search(text)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat() if found else ""
    except ValueError:
        return ""


def _read_wechat_day(text: str) -> str:
    """Return the day that WeChat's articles carry in a script, as seconds; their readers are in China."""
    from datetime import UTC, datetime, timedelta

    found = _WECHAT_DAY.search(text)
    return (datetime.fromtimestamp(int(found[1]), UTC) + timedelta(hours=8)).date().isoformat() if found else ""
