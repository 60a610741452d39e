"""Tells an advertisement in what is shared: somebody wants to be contacted, and something is sold."""

from __future__ import annotations

import re

from bot.plugin import fold

_SHOWN = 3  # words named in a reason
_ID = r"[\s:：是号]{0,4}[a-z][a-z0-9_-]{4,19}|[\s:：是号]{0,4}\d{5,12}"
_APPS = r"(?:微信|威信|薇信|徽信|卫星|vx|wx|v信|weixin|wechat|v(?![a-z0-9])|薇(?!尔)|扣扣|qq|企鹅|tg|telegram|飞机)"
_NO_PROGRAM = r"(?!.{0,3}(?:登录|登陆|支付|小程序|sdk|接口|公众号|机器人|开放|授权|分享|api|回调|扫码登))"
_INVITES = re.compile(
    "|".join(
        (
            rf"(?:\+|➕|加|嘉|十|添加|联系)\s?(?:我|一下|个|下|本人|老师|客服|助理)?\s?的?{_APPS}{_NO_PROGRAM}",
            rf"(?<![a-z0-9]){_APPS}(?:群|号)?(?:{_ID})",
            (
                r"(?:私聊|私信|私我|戳我|滴滴我|dd我|找我|联系我|联系客服|咨询客服|扫码|扫描二维码|识别二维码|长按二维码)"
                r".{0,8}(?:领|拿|进群|入群|咨询|报名|购买|下单|优惠|了解|免费|资料|名额|详情|发您|发你|价)"
            ),
            r"(?:进群|入群|加群).{0,6}(?:领|免费|福利|优惠|\d{5,12})",
            r"(?:点击|戳|打开)(?:下方|下面|以下)?(?:链接|网址).{0,6}(?:领|抢|购|注册|下单|报名|优惠)",
        )
    )
)
_DISGUISED = re.compile(r"➕|薇信|威信|徽信|(?:加|\+)\s?薇|(?:加|\+)\s?卫星|企鹅号|(?:加|\+)\s?飞机|v[❤♥]|微❤")
_SELLS = re.compile(
    r"限时|特价|优惠|折扣|秒杀|抢购|团购|清仓|甩卖|包邮|低价|底价|批发|原价|现价|仅需|只要\s?\d+|只需\s?\d+|\d+(?:\.\d+)?\s?[元块]"
    r"|免费领|免费送|领取|红包|返利|返现|佣金|提成|兼职|副业|日赚|日入|月入|躺赚|稳赚|刷单|招商|加盟|招代理|代理商|代写|代做|代考|包过"
    r"|办证|贷款|套现|信用卡额度|出售|转让|出租|名额有限|先到先得|最后\d+个|推广|引流|投资|理财|高回报|荐股|牛股|棋牌|彩票|博彩|外挂"
    r"|内部资料|保录取|保就业|包就业|学员价|拼团|砍价|福利|接单|副业"
)


def advert_reasons(text: str) -> tuple[str, ...]:
    """Return why a text looks like an advertisement, in Chinese; nothing when it does not.

    Words of selling alone prove nothing (秒杀 and 优惠券 are what shops are programmed for): somebody must also ask to
    be contacted. A disguised way of asking is enough by itself.
    """
    folded = fold(text)
    invitation = _INVITES.search(folded)
    disguise = _DISGUISED.search(folded)
    sold = list(dict.fromkeys(match[0] for match in _SELLS.finditer(folded)))
    if not disguise and not (invitation and sold):
        return ()
    shown = invitation or disguise
    assert shown is not None
    reasons = [f"疑似广告：留了联系方式「{shown[0].strip()}」"]
    if sold:
        reasons.append("有推销用语" + "".join(f"「{word}」" for word in sold[:_SHOWN]))
    return tuple(reasons)
