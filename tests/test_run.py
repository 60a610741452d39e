"""Every file is run by one process, once, and no core waits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import run
from tests.file_queue import failed_of, files_in, fill, take

SOURCES = {
    "quick.py": "",
    "long.py": "pytestmark = pytest.mark.slow",
    "meaning.py": "@pytest.mark.encoder",
    "tiny.py": "",
    "started.py": "pytestmark = [pytest.mark.process]",
    "sense.py": "@pytest.mark.encoder",
    "wire.py": "pytestmark = pytest.mark.node",
}


def test_files_with_long_tests_come_first_and_those_with_the_encoder_together() -> None:
    order = run.put_in_order(SOURCES)
    assert order == [["meaning.py", "sense.py"], ["long.py"], ["started.py"], ["quick.py"], ["tiny.py"], ["wire.py"]]
    assert run.put_in_order({"quick.py": ""}) == [["quick.py"]]


def test_every_file_is_in_one_queue() -> None:
    crews = run.make_crews(SOURCES, fast=False)
    assert sorted(file for crew in crews for files in crew.lines for file in files) == sorted(SOURCES)
    waiting, computing = crews
    assert waiting.lines == [["wire.py"]]
    assert waiting.nice < computing.nice
    assert {crew.options[:2] for crew in crews} == {("-m", "not soak")}


def test_the_fast_ones_are_those_that_neither_wait_nor_compute_for_long() -> None:
    (crew,) = run.make_crews(SOURCES, fast=True)
    assert crew.lines == [["quick.py"], ["meaning.py"], ["tiny.py"], ["sense.py"]]  # some of their tests may be fast


def test_all_files_of_the_repository_are_found_with_what_they_are_marked_as() -> None:
    files = run.find_files()
    assert "tests/test_run.py" in files
    assert "tests/gateway/test_wechaty_outages.py" in {one for (one, *_) in run.make_crews(files, fast=False)[0].lines}


def test_a_queue_is_taken_line_by_line(tmp_path: Path) -> None:
    queue = tmp_path / "queue"
    fill(queue, [["a.py", "b.py"], ["c.py"]])
    assert files_in(queue) == ["a.py", "b.py", "c.py"]
    assert [take(queue), files_in(queue), take(queue), take(queue)] == [["a.py", "b.py"], ["c.py"], ["c.py"], []]


@pytest.mark.process
def test_what_is_in_the_queue_is_run_and_its_failures_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    session = "@pytest.fixture(scope='session', autouse=True)\ndef made():\n    print('made once')\n    yield 5\n"
    (tmp_path / "conftest.py").write_text(f"import pytest\n{session}", "utf-8")
    (folder / "conftest.py").write_text("import pytest\n@pytest.fixture\ndef inner(made): return made\n", "utf-8")
    (tmp_path / "test_a.py").write_text("def test_one(made): pass\ndef test_two(made): assert False, 'as meant'\n")
    for name in ("b", "c"):
        (folder / f"test_{name}.py").write_text("def test_three(inner): assert inner == 5\n", "utf-8")
    (tmp_path / "test_d.py").write_text("import no_such_module\n", "utf-8")
    queue = tmp_path / "queue"
    fill(queue, [["inner/test_b.py"], ["test_a.py"], ["test_d.py"], ["inner/test_c.py"]])
    options = [
        "-q",
        "-s",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.file_queue",
        f"--queue={queue}",
        f"--rootdir={tmp_path}",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=tmp_path,
        env={"PYTHONPATH": str(run.ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "1 failed, 3 passed, 1 error" in done.stdout
    assert "as meant" in done.stdout
    assert "no_such_module" in done.stdout
    assert done.stdout.count("made once") == 1
    assert sorted(failed_of(queue).read_text("utf-8").split()) == ["test_a.py::test_two", "test_d.py"]


FAILING_AT_FIRST = """
import pathlib
import pytest
def test_one(): pass
@pytest.mark.parametrize("who", ["小 明"])
def test_two(who):
    seen = pathlib.Path(__file__).with_name("seen")
    assert seen.exists() or seen.touch()
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("source", "result"),
    [
        (FAILING_AT_FIRST, 0),
        ("def test_one(): assert False", 1),
        ("import no_such_module", 1),
        (FAILING_AT_FIRST + "    assert False", 1),
    ],
)
def test_a_few_that_failed_beside_others_are_run_once_more_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], source: str, result: int
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n", "utf-8")
    (tmp_path / "test_a.py").write_text(source, "utf-8")
    (tmp_path / "test_b.py").write_text("def test_three(): pass\n", "utf-8")
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "_PATIENT", ())
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    crew = run.Crew([["test_a.py"], ["test_b.py"]], [None], ())
    assert run.run([crew], []) == result
    assert ("\n  these pass alone\n  test_a.py::" in capsys.readouterr().out) == (result == 0)
