"""Every test may ask for the simulated room; properties are not judged by how busy the machine is."""

from __future__ import annotations

import gc
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from functools import wraps
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlite_utils import Migrations

from bot import storage, storage_files

_PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
# A run tells of the change that was made, so each one draws the same few; `make soak` draws new ones, and a hundred.
settings.register_profile("qunzhi", **_PATIENT, derandomize=True, max_examples=20)
settings.register_profile("fast", **_PATIENT, derandomize=True, max_examples=15)
settings.register_profile("fresh", **_PATIENT)
settings.load_profile("qunzhi")

pytest_plugins = ("bot.testing",)


@pytest.fixture(autouse=True, scope="session")
def new_databases_are_copies() -> Iterator[None]:
    """Migrate each set of migrations once and copy the result: making 50 tables takes longer than most tests.

    Nor do tests wait for the disk: those that pull the plug start processes of their own, which do.
    """
    migrate, made = storage._migrate, {}
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:

        def copy_or_migrate(path: Path, migrations: Sequence[Migrations]) -> None:
            key = tuple((one.name, tuple(m.name for m in one._migrations)) for one in migrations)
            if path.exists():
                migrate(path, migrations)
                return
            if key not in made:
                made[key] = Path(folder, f"{len(made)}.db")
                migrate(made[key], migrations)
            shutil.copy(made[key], path)

        patch.setattr(storage, "_migrate", copy_or_migrate)
        patch.setattr(storage, "_BALLAST_BYTES", 64 << 10)
        patch.setattr(storage, "_READERS", 1)  # each reads the whole schema when it opens the file
        patch.setattr(storage_files, "SYNC", "synchronous=OFF")
        yield


@pytest.fixture(autouse=True, scope="session")
def no_text_is_encoded_twice(request: pytest.FixtureRequest) -> Iterator[None]:
    """Remember the vectors: each text is encoded for itself, so it has one vector in all tests.

    `tests/search/test_embedded.py`, where the encoder itself is tested, takes this back.
    """
    if not any(item.get_closest_marker("encoder") for item in request.session.items):
        yield
        return
    import numpy as np

    from bot.search.embedded import EmbeddedEncoder

    encode, known = EmbeddedEncoder._encode, dict[str, np.ndarray]()

    @wraps(encode)
    def encode_new(self: EmbeddedEncoder, texts: Sequence[str]) -> np.ndarray:
        if new := [text for text in dict.fromkeys(texts) if text not in known]:
            known.update(zip(new, encode(self, new), strict=True))
        return np.array([known[text] for text in texts], np.float32).reshape(-1, self.dimension)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EmbeddedEncoder, "_encode", encode_new)
        yield


gc.disable()  # next to nothing is thrown away before the first test


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what stays: a quarter of a million objects of modules and tests."""
    if not gc.isenabled():  # `tests.file_queue` collects often: what is thrown away in between must not stay
        gc.freeze()
        gc.enable()


@pytest.fixture(autouse=True, scope="session")
def no_language_model_is_asked() -> Iterator[None]:
    """Run as if no language model was named in the environment: a developer's own would be paid for our questions."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("QUNZHI_LLM_ENDPOINT", "QUNZHI_LLM_KEY", "QUNZHI_LLM_MODEL"):
            patch.delenv(name, raising=False)
        yield
