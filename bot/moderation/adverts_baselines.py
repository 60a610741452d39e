"""What others do about advertisements, to compare with: a list of keywords, naive Bayes, plain logistic regression."""

from __future__ import annotations

import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts_evaluation import CUTS, FOLDS, Labelled, cut, summarise
from bot.moderation.adverts_learning import PLACES, Table, learn

Scorer = Callable[[str], float]
Trainer = Callable[[Sequence[Labelled]], Scorer]
_LIST = """
加微信 加我微信 微信同号 私聊 扫码 进群 加群 兼职 日结 日赚 月入 刷单 贷款 放款 额度 套现 代开
发票 办证 代理 招代理 批发 特价 优惠 折扣 满减 包邮 免费领 免费试听 红包 返利 返现 提现 充值
首充 彩票 博彩 棋牌 下注 外挂 辅助 脱盒 卡密 代练 点券 低价 出售 收购 高价回收 咨询电话 热线
联系电话 报名 招生 开业 特惠 直销 厂家 抽奖 大奖 送礼 保险 理财 股票 荐股 论文 代写 学历
证书 交友 约炮 裸聊 资源 网盘 VPN 梯子 机场
"""
_KEYWORDS: Final = tuple(_LIST.split())
_SMALLEST: Final = 1.0  # Laplace's


def use_keywords(_: Sequence[Labelled]) -> Scorer:
    """Count the keywords of a list, as most group bots do."""
    return lambda text: float(sum(word in text for word in _KEYWORDS))


def split_at_spaces(text: str) -> list[str]:
    """Return what stands between spaces, as bots made for English do."""
    return text.split()


def split_bigrams(text: str) -> list[str]:
    """Return every two characters that follow each other."""
    return [text[at : at + 2] for at in range(len(text) - 1)] or [text]


def learn_bayes(tokens: Callable[[str], Iterable[str]]) -> Trainer:
    """Return what trains multinomial naive Bayes.

    Args:
        tokens: what a text is cut into.
    """

    def train(rows: Sequence[Labelled]) -> Scorer:
        counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
        for row in rows:
            counts[row.is_advert].update(tokens(row.text))
        known = len(counts[True] | counts[False])
        totals = {label: sum(counts[label].values()) + _SMALLEST * known for label in counts}

        def ratio(token: str) -> float:
            shares = [(counts[label][token] + _SMALLEST) / totals[label] for label in (True, False)]
            return float(np.log(shares[0] / shares[1]))

        return lambda text: sum(
            ratio(token) for token in tokens(text) if token in counts[True] or token in counts[False]
        )

    return train


def learn_plainly(rows: Sequence[Labelled]) -> Scorer:
    """Train logistic regression on one to three characters, normalised by NFKC."""
    labels = np.array([row.is_advert for row in rows])
    weights = learn(_tabulate([row.text for row in rows]), labels, np.ones(len(rows)))
    return lambda text: float(weights.weigh(_tabulate([text]))[0])


def _tabulate(texts: Sequence[str]) -> Table:
    rows = [_pieces(text) for text in texts]
    sizes = np.array([len(row) for row in rows])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    return Table(starts, sizes, np.concatenate(rows), np.zeros((len(rows), 0)), np.arange(len(rows)))


def _pieces(text: str) -> NDArray[np.int64]:
    plain = unicodedata.normalize("NFKC", text).lower()
    pieces = [plain[at : at + size] for size in (1, 2, 3) for at in range(len(plain) - size + 1)] or [""]
    return np.array([zlib.crc32(piece.encode("utf-8", "surrogatepass")) % PLACES for piece in pieces], np.int64)


BASELINES: Final[dict[str, Trainer]] = {
    "关键词表": use_keywords,
    "贝叶斯（按空格）": learn_bayes(split_at_spaces),
    "贝叶斯（两字）": learn_bayes(split_bigrams),
    "逻辑回归": learn_plainly,
}


def compare(rows: Sequence[Labelled], false_alarms: float) -> dict[str, dict[str, float]]:
    """Measure each of them in folds, its threshold chosen inside the training folds.

    Args:
        rows: labelled messages.
        false_alarms: share of normal messages that may be flagged.
    """
    numbers = np.array([zlib.crc32(row.text.encode("utf-8", "surrogatepass")) for row in rows])
    return {name: summarise(rows, _judge(rows, numbers, trainer, false_alarms)) for name, trainer in BASELINES.items()}


def _judge(rows: Sequence[Labelled], numbers: NDArray[np.int64], trainer: Trainer, false_alarms: float) -> list[float]:
    flagged = [0.0] * len(rows)
    halves = (numbers // FOLDS**CUTS % 2).tolist()
    for way, fold in product(range(CUTS), range(FOLDS)):
        is_held = (cut(numbers, way) == fold).tolist()
        training = [pair for pair, held in zip(zip(rows, halves, strict=True), is_held, strict=True) if not held]
        limit = _choose_limit(training, trainer, false_alarms)
        scorer = trainer([row for row, _ in training])
        for number, row in enumerate(rows):
            if is_held[number]:
                flagged[number] += (scorer(row.text) > limit) / CUTS
    return flagged


def _choose_limit(training: Sequence[tuple[Labelled, int]], trainer: Trainer, false_alarms: float) -> float:
    """Return the score that the wanted share of normal messages is above of, each scored by what the other half taught.

    Args:
        training: messages, and in which half each is.
        trainer: makes a scorer.
        false_alarms: the wanted share.
    """
    scores = []
    for held in range(2):
        scorer = trainer([row for row, half in training if half != held])
        scores += [scorer(row.text) for row, half in training if half == held and not row.is_advert]
    return float(np.quantile(scores, 1.0 - false_alarms, method="higher")) if scores else 0.0
