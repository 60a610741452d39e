"""Job posts and promotion of projects: welcome at their hours, so they are told apart from talk about them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from bot.moderation.model import Span

_SHORTEST: Final = 16  # characters of a job post
_WANTED: Final = (
    r"招聘|诚聘|急聘|急招|诚招|内推|招人|招募|招[^,，。.\n]{0,12}(?:工程师|开发|前端|后端|全栈|实习|算法|测试|运维|产品|程序员|架构师|设计师|外包|讲师)"
    r"|求职|找工作|hiring|we are looking for"
)
_TERMS: Final = (
    r"薪资|薪酬|月薪|年薪|底薪|待遇|薪水|\d+\s*[-~到]\s*\d+\s*[kw万]|\d{2}\s*k\b|\d+\s*薪|五险一金|六险|双休|弹性工作|朝九",
    r"岗位|职位|职责|任职|要求|学历|本科|经验|年以上|\bjd\b|\bhc\b|技术栈",
    r"base|坐标|地点|远程|驻场|北京|上海|深圳|广州|杭州|成都|南京|武汉|西安|苏州|厦门|长沙|新加坡",
    r"简历|投递|邮箱|联系|私聊|私信|加我|微信|@[a-z0-9-]+\.[a-z]",
)
_MADE: Final = (
    r"(?:我|我们|自己|本人|团队|业余|独立)[^,，。\n]{0,10}(?:写|做|开发|开源|撸|造|搞|上线|发布|更新)了?|自荐|安利一?[个下]|推荐[一下我]|"
    r"开源了|上线了|发布了|新出的|求\s*star|欢迎\s*(?:star|试用|体验|使用|下载|关注|订阅)|点个\s*star|给个\s*star|帮忙\s*(?:点|star)|show\s*hn"
)
_NOUNS: Final = (
    r"项目|工具|库|框架|插件|小程序|app|网站|平台|系统|应用|脚手架|教程|课程|公众号|专栏|博客|频道|扩展|游戏|软件|客户端"
    r"|脚本|服务|队列|组件"
)
_ASKED: Final = r"[?？]\s*$|吗\s*$|呢\s*$|请问|怎么|如何|为什么|有没有|求助|报错"


@cache
def _compiled(pattern: str) -> Any:  # noqa: ANN401 - re2 has no types
    import re2

    options = re2.Options()
    options.case_sensitive = False
    return re2.compile(pattern, options)


def find_job(text: str) -> Span | None:
    """Return where a revealed text offers or asks for a job, None when it only talks about jobs.

    A post names what is wanted and at least two of pay, demands, place and whom to ask.
    """
    if len(text) < _SHORTEST or not (found := _compiled(_WANTED).search(text)):
        return None
    named = sum(_compiled(terms).search(text) is not None for terms in _TERMS)
    if named < 2 or (named < 3 and _compiled(_ASKED).search(text)):  # noqa: PLR2004 - of the four
        return None
    return found.span()  # type: ignore[no-any-return]


def find_project(text: str, *, has_link: bool) -> Span | None:
    """Return where a revealed text promotes something of one's own, None when it only mentions a project."""
    found = _compiled(_MADE).search(text)
    if not found or not _compiled(_NOUNS).search(text):
        return None
    is_called = _compiled(r"star|欢迎|试用|体验|下载|关注|订阅|支持一下|github|gitee|仓库|地址").search(text)
    if not (has_link or is_called) or _compiled(_ASKED).search(text):
        return None
    return found.span()  # type: ignore[no-any-return]
