"""Job posts and promotion of projects: welcome at their hours, so they are told apart from talk about them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from bot.moderation.model import Span

_SHORTEST: Final = 12  # characters of a job post
_ROLES: Final = (
    r"工程师|开发|程序员|前端|后端|全栈|算法|测试|运维|架构师|产品经理|实习|设计师|外包|讲师|运营|助教|研发|岗"
)
_WANTED: Final = (
    r"招聘|诚聘|急聘|急招|诚招|内推|招人|招募|高薪|招[^,，。.\n]{0,12}(?:" + _ROLES + r")"
    r"|(?:寻|聘)(?:一?[个名位])?[^,，。.\n?？]{0,8}(?:" + _ROLES + r")|求职|接单|hiring|we are looking for"
)
_TERMS: Final = (
    _ROLES,
    r"薪资|薪酬|月薪|年薪|底薪|待遇|薪水|\d+\s*[-~到]\s*\d+\s*[kw万]|\d{2}\s*k\b|\d+\s*薪|五险一金|六险|双休|弹性工作|朝九",
    r"职位|职责|任职|要求|学历|本科|经验|年以上|\bjd\b|\bhc\b|技术栈",
    r"base|坐标|地点|远程|驻场|北京|上海|深圳|广州|杭州|成都|南京|武汉|西安|苏州|厦门|长沙|新加坡",
    r"简历|投递|邮箱|联系|私聊|私信|加我|微信|@[a-z0-9-]+\.[a-z]",
)
_MADE: Final = (
    r"(?:我|我们|自己|本人|团队|业余|独立)[^,，。\n]{0,10}(?:写|做|开发|开源|撸|造|搞|上线|发布|更新|出)了?"
    r"|(?:做|写|开发|撸|造|搞)了(?:一?[个款套]|个)|自荐|安利一?[个下]|推荐[一下我]|开源了|上线了?|发布了?|新出的|内测|公测"
    r"|求\s*star|欢迎[大家]*\s*(?:star|试用|体验|使用|下载|关注|订阅|试玩)|[点给]个\s*star|帮忙\s*(?:点|star)|show\s*hn"
)
_NOUNS: Final = (
    r"项目|工具|库|框架|插件|小程序|app|网站|平台|系统|应用|脚手架|教程|课程|公众号|专栏|博客|频道|扩展|游戏|软件|客户端"
    r"|脚本|服务|队列|组件|产品"
)
_CALLED: Final = (
    r"star|欢迎|试用|体验|下载|关注|订阅|支持一下|github|gitee|仓库|地址|会员|兑换码|免费用|试玩|反馈|内测|公测|福利"
)
_ASKED: Final = r"[?？]\s*$|吗\s*$|呢\s*$|请问|怎么|如何|为什么|有没有|求助|报错|行情|面试"


@cache
def _compiled(pattern: str) -> Any:  # noqa: ANN401 - re2 has no types
    import re2

    options = re2.Options()
    options.case_sensitive = False
    return re2.compile(pattern, options)


def find_job(text: str) -> Span | None:
    """Return where a revealed text offers or asks for a job, None when it only talks about jobs.

    A post names what is wanted and at least two of position, pay, demands, place and whom to ask; a question three.
    """
    if len(text) < _SHORTEST or not (found := _compiled(_WANTED).search(text)):
        return None
    named = sum(_compiled(terms).search(text) is not None for terms in _TERMS)
    is_asked = _compiled(_ASKED).search(text) is not None
    is_headline = text.startswith(("招聘", "诚聘", "[招聘", "【招聘", "急招", "诚招")) and named > 0
    if is_asked or not is_headline:
        return found.span() if named >= 2 + is_asked else None
    return found.span()  # type: ignore[no-any-return]


def find_project(text: str, *, has_link: bool) -> Span | None:
    """Return where a revealed text promotes something of one's own, None when it only mentions a project."""
    found = _compiled(_MADE).search(text)
    if not found or not _compiled(_NOUNS).search(text) or _compiled(_ASKED).search(text):
        return None
    if not has_link and not _compiled(_CALLED).search(text):
        return None
    return found.span()  # type: ignore[no-any-return]
