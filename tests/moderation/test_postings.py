"""Job posts and promotion, and talk about both."""

import pytest

from bot.moderation.postings import find_job, find_project


@pytest.mark.parametrize(
    "text",
    [
        "【招聘】上海 python 后端工程师,薪资 25-40k,双休,简历发 hr@a.com",
        "招聘自然语言处理工程师,产品经理, python 高级工程师",
        "寻前端开发工程师。请把您的个人简历与您的联系方式发送至下列邮箱",
        "字节内推,base 北京,需要三年以上经验,私聊我要链接",
        "两年经验桌面运维求职,期望坐标上海,学历大专",
        "急招测试两名,待遇从优,地点杭州",
    ],
)
def test_offers_and_wishes_of_jobs(text: str) -> None:
    assert find_job(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "最近招聘行情怎么样",
        "有人内推过字节吗,流程要多久",
        "招聘网站哪个靠谱",
        "面试问了什么是线程池",
        "工作三年了还在写增删改查",
        "这个接口返回 401 怎么处理",
        "我们公司前端后端分离",
        "准备简历要写哪些项目经验",
    ],
)
def test_talk_about_jobs(text: str) -> None:
    assert find_job(text) is None


@pytest.mark.parametrize(
    ("text", "has_link"),
    [
        ("我写了一个异步任务队列,开源了,欢迎 star", True),
        ("自己开发的微信小程序,给大家送点会员", False),
        ("做了个背单词的 app,求反馈", False),
        ("我们的课程上线了,报名地址在这里", True),
    ],
)
def test_promotion_of_ones_own(text: str, has_link: bool) -> None:
    assert find_project(text, has_link=has_link) is not None


@pytest.mark.parametrize(
    ("text", "has_link"),
    [
        ("这个项目的 issue 在这里", True),
        ("我写了一个脚本报错了怎么办", False),
        ("有没有好用的框架推荐", False),
        ("我写了三年代码", False),
        ("文档在 https://a.io/docs", True),
    ],
)
def test_projects_only_mentioned(text: str, has_link: bool) -> None:
    assert find_project(text, has_link=has_link) is None
