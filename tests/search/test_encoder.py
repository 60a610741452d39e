import subprocess
import sys
import types

import numpy as np
import pytest

from bot.search.e5_weights import EncoderError, check_weights, find_weights
from bot.search.encoder import BGE_ZH, E5_SMALL, Profile, Thresholds, load_encoder, mix_passages
from bot.search.hashing import HashingEncoder
from bot.search.sentence_transformers import choose_profile


@pytest.mark.parametrize("spec", ["", "e5", "sentence-transformers", "sentence-transformers:"])
def test_an_unknown_encoder_is_refused_with_the_right_names(spec: str) -> None:
    with pytest.raises(EncoderError, match="embedded or sentence-transformers:"):
        load_encoder(spec)


def test_a_models_profile_is_read_from_its_name() -> None:
    assert choose_profile("intfloat/multilingual-e5-base") is E5_SMALL
    assert choose_profile("/models/BGE-base-zh-v1.5") is BGE_ZH
    assert choose_profile("mine") == Profile()


class _FakeModel:
    weights = 1.0

    def __init__(self, name: str, device: str) -> None:
        if name == "missing":
            raise OSError("not found")

    def encode(self, texts, **settings):
        assert settings["normalize_embeddings"]
        return np.array([[len(text) * self.weights, 1.0, -0.5] for text in texts], np.float64) / 100


@pytest.fixture
def fake_package(monkeypatch: pytest.MonkeyPatch) -> None:
    package = types.ModuleType("sentence_transformers")
    package.SentenceTransformer = _FakeModel
    monkeypatch.setitem(sys.modules, "sentence_transformers", package)


def test_any_sentence_transformers_model_is_an_encoder(fake_package: None) -> None:
    encoder = load_encoder("sentence-transformers:intfloat/e5-tiny")
    assert encoder.dimension == 3
    assert encoder.encode_queries(["12"])[0, 0] == pytest.approx(len("query: 12") / 100)
    assert encoder.encode_passages([("", "12")]).dtype == np.float32


def test_other_weights_under_the_same_name_are_another_encoder(fake_package: None, monkeypatch) -> None:
    before = load_encoder("sentence-transformers:mine").fingerprint
    assert load_encoder("sentence-transformers:mine").fingerprint == before
    monkeypatch.setattr(_FakeModel, "weights", 2.0)
    assert load_encoder("sentence-transformers:mine").fingerprint != before


def test_a_model_or_package_that_is_missing_is_named(fake_package: None, monkeypatch) -> None:
    with pytest.raises(EncoderError, match="model missing cannot be loaded: not found"):
        load_encoder("sentence-transformers:missing")
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EncoderError, match="not installed"):
        load_encoder("sentence-transformers:mine")


def test_titles_and_passages_get_their_own_prefixes() -> None:
    seen: list[str] = []

    def encode(texts):
        seen.extend(texts)
        return np.ones((len(texts), 2), np.float32)

    mix_passages(E5_SMALL, encode, [("标题", "正文"), ("标题", "又一段"), ("", "没有标题")])
    assert seen == [
        "passage: 标题\n正文",
        "passage: 标题\n又一段",
        "passage: 没有标题",
        "query: 标题",
        "query: 没有标题",
    ]


def test_the_hashing_encoder_is_deterministic_and_likes_similar_spelling() -> None:
    encoder = load_encoder("hashing")
    assert isinstance(encoder, HashingEncoder)
    near, far = encoder.encode_passages([("报名", "报名下一场"), ("退款", "怎么退款")])
    question = encoder.encode_queries(["我要报名"])[0]
    assert question @ near > question @ far
    assert np.array_equal(question, HashingEncoder().encode_queries(["我要报名"])[0])


def test_a_score_is_carried_to_another_scale_step_by_step() -> None:
    cosines, words = Thresholds(0.92, 0.90), Thresholds(0.5, 0.3)
    assert cosines.translate(0.5, words) == pytest.approx(0.92)
    assert cosines.translate(1.0, words) == pytest.approx(0.94)


def test_other_weights_than_the_measured_ones_are_refused(tmp_path) -> None:
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(b"E5S1")
    with pytest.raises(EncoderError, match="expected 1571fc98"):
        check_weights(path)
    assert find_weights().name == path.name


@pytest.mark.process
def test_keyword_search_loads_neither_torch_nor_the_encoders_runtime() -> None:
    heavy = "('torch', 'onnxruntime', 'faiss', 'onnx')"
    code = f"import sys, bot.search.service; print([m for m in {heavy} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
