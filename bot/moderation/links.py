"""Links in a text, the domains they lead to, and the services that hide where a link leads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

from bot.config_types import as_tuple

_SHORTENERS: Final = (
    "t.cn url.cn dwz.cn suo.im suo.nz tinyurl.com bit.ly goo.gl is.gd ow.ly t.co dwz.win 985.so mrw.so 3.cn u6v.cn "
    "sohu.gg sina.lt rrd.me c7.gg t.im tb.cn m.tb.cn s.click.taobao.com w.url.cn xhslink.com v.douyin.com dwz.mn "
    "kurl.cc reurl.cc lnkd.in buff.ly cutt.ly rebrand.ly shorturl.at s.id v.gd x.co rb.gy tiny.cc soo.gd "
    "0x3.me 6du.in 9nl.cc i6o.cn lsurl.cn mtw.so qr.ae t.hk url.ie b23.tv"
)
SHORTENERS: Final = frozenset(_SHORTENERS.split())
"""Services whose links do not tell where they lead; those of big sites for their own contents are among them."""
_TOPS: Final = "com|org|cn|hk|tw|top|xyz|vip|club|shop|icu|wang|ltd|biz|mobi"
_TOPS_OF_NAMES: Final = (
    "net|io|site|online|info|tv|app|dev|ai|link|live|fun|store|tech|pro|work|co|ly|gl|gd|la|us|uk|jp|kr|ru|de|fr|eu|"
    "asia|name|wiki|cloud|space|website|group|red|ink|art|press|ren|kim|win|bid|loan|click|party|science|date|men|gg|"
    "tk|ga|cf|gq|ws|to|be|it|is|nz|au|ca|me|cc|so|im|sh|ml|pw|id|in|md|rs|py"
)
"""Also endings of files and names in code (`logger.info`, `self.net`); such a name is a link only when a path follows
it or `www.` stands in front."""
_HOST: Final = r"[\p{L}\p{N}](?:[\p{L}\p{N}_-]*[\p{L}\p{N}])?"
_LABEL: Final = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_PATH: Final = r"(?:[/?#][!-~]*)?"
_LINK: Final = (
    rf"(?i)(?:(?:h[tx]{{2}}ps?|ftp)://(?:[!-.0-9;-?A-Z_a-z~:]*@)?(?P<full>{_HOST}(?:\.{_HOST})*)(?::\d{{1,5}})?{_PATH}"
    rf"|\b(?P<www>www\.(?:{_LABEL}\.)+[a-z]{{2,18}})\b{_PATH}"
    rf"|\b(?P<bare>(?:{_LABEL}\.)+(?:{_TOPS}))\b(?::\d{{2,5}})?{_PATH}"
    rf"|\b(?P<name>(?:{_LABEL}\.)+(?:{_TOPS_OF_NAMES}))/[!-~]*)"
)
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+|(?:[^\W_][\w-]*\.)+[^\W_][\w-]*")


@dataclass(frozen=True, slots=True)
class Link:
    """One link.

    Attributes:
        domain: the host it leads to, in small letters, without `www.`.
        start: its first character in the text that was searched.
        end: the character behind its last.
    """

    domain: str
    start: int
    end: int


@cache
def _pattern() -> Any:  # noqa: ANN401 - re2 has no types
    import re2

    return re2.compile(_LINK)


def find_links(text: str) -> list[Link]:
    """Return the links in a text, in order; names such as `main.py` or `node.js` are none."""
    if "." not in text:
        return []
    return [
        Link(host.lower().removeprefix("www."), *found.span())
        for found in _pattern().finditer(text)
        if (host := found["full"] or found["www"] or found["bare"] or found["name"] or "")
        and (found["full"] is None or "." in host)
        and (found["bare"] is None or text[max(0, found.start() - 1) : found.start()] != "@")
    ]


def is_within(domain: str, listed: Iterable[str]) -> bool:
    """Tell whether a domain is one of those listed, or below one of them."""
    known = listed if isinstance(listed, frozenset | set) else frozenset(listed)
    parts = domain.split(".")
    return any(".".join(parts[at:]) in known for at in range(len(parts)))


def check_domain(value: str) -> str:
    """Return a domain as rules compare it.

    Raises:
        ValueError: it is no domain; the text says in Chinese what to write.
    """
    plain = value.strip().lower().replace("。", ".").replace("．", ".").removeprefix("*.").removeprefix(".")
    if "://" in plain or "/" in plain:
        host = plain.split("://")[-1].split("/")[0]
        raise ValueError(f"只写域名，不写网址：{value!r} 请写 {host or 'example.com'}")
    if not _DOMAIN.fullmatch(plain):
        raise ValueError(f"{value!r} 不是域名，请写成 example.com 这样；子域名会一起算")
    return plain.removeprefix("www.")


Domain = Annotated[str, AfterValidator(check_domain), Field(examples=["example.com"])]
Domains = Annotated[tuple[Domain, ...], BeforeValidator(as_tuple, json_schema_input_type=list[Domain] | Domain)]
"""One domain or a list of them; those below are meant too."""
