"""What an owner can set for questions that wait for an answer."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from bot.plugin import Duration, Every, Settings

_FAST_TOPICS = (
    "版本", "最新", "价格", "收费", "套餐", "活动", "招聘", "镜像", "官网", "兼容", "升级", "大模型",
    "ai", "gpt", "llm", "vue", "react", "next.js", "kubernetes", "k8s", "docker", "node", "npm", "pip", "chrome",
    "android", "ios",
)  # fmt: skip


class QuestionsSettings(Settings):
    """`plugins: questions:` in bot.yaml."""

    remember: bool = Field(default=True, title="登记提问")
    """答不上来的问题是否记进「待答」。"""
    name_experts: bool = Field(default=True, title="请人答疑")
    """答不上来时是否 @ 一位愿意答疑的成员。"""
    expert_pause: Duration = Field(default=timedelta(hours=1), title="请人间隔")
    """同一位成员至少隔多久才再被 @。"""
    least_answer: int = Field(default=10, ge=1, le=1000, title="最少字数")
    """回答至少几个字才收进知识库；再短也会转告提问的人。"""
    remind: bool = Field(default=True, title="每周提醒")
    """每周提醒最早的三个待答问题，并感谢答得最多的人。"""
    remind_at: Every = Field(default="周日 20:00", title="提醒时间", validate_default=True)
    """每周提醒发在什么时候，按这个群的时区。"""
    notice_pairs: bool = Field(default=False, title="留意问答")
    """是否留意群里的一问一答，每周私聊提议群主收录。"""
    pair_minutes: int = Field(default=15, ge=1, le=240, title="问答间隔")
    """提问之后几分钟内的话算是回答。"""
    review_months: int = Field(default=6, ge=1, le=60, title="复核月数")
    """帖子几个月没有核对过就进「复核」。"""
    fast_topics: tuple[str, ...] = Field(default=_FAST_TOPICS, title="易变主题")
    """标题或标签里有这些词的帖子容易过时。"""
