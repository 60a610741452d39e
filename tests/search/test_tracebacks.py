import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.search.evaluation import evaluate
from bot.search.faults import Comparison, Fault, clean_message
from bot.search.tracebacks import is_error_output, read_paste

pytestmark = pytest.mark.slow  # whole indexes

DATA = Path(__file__).parents[1] / "data" / "tracebacks"
_PYTHON = """线上报这个，求助
Traceback (most recent call last):
  File "/srv/x/.venv/lib/python3.11/site-packages/redis/connection.py", line 607, in _connect
    raise err
ConnectionRefusedError: [Errno 111] Connection refused

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/x/cache.py", line 17, in warm_up
    client.ping()
  File "/srv/x/.venv/lib/python3.11/site-packages/redis/client.py", line 545, in execute_command
    raise ConnectionError(self._error_message(e))
redis.exceptions.ConnectionError: Error 111 connecting to 10.0.3.7:6380. Connection refused."""


_GO = """panic: assignment to entry in nil map

goroutine 1 [running]:
github.com/gin-gonic/gin.(*Engine).Run(0xc0001)
	/root/go/pkg/mod/github.com/gin-gonic/gin@v1.9.1/gin.go:174 +0x2b"""
_NODE = """Error: listen EADDRINUSE: address already in use
    at Server.listen (/srv/web/node_modules/ws/lib/server.js:1:2)"""
_JAVA = """a.b.StartException: no
	at a.b.C.d(C.java:3)
Caused by: java.net.BindException: in use
	at org.apache.tomcat.util.net.E.bind(E.java:1)"""


def _first(text: str) -> Fault:
    paste = read_paste(text)
    assert paste is not None
    return paste.faults[0]


def test_a_traceback_is_read_from_its_end() -> None:
    paste = read_paste(_PYTHON)
    assert paste is not None
    last, cause = paste.faults
    assert (last.kind, last.message) == ("ConnectionError", "Error 111 connecting to . Connection refused.")
    assert (cause.kind, cause.message) == ("ConnectionRefusedError", "[Errno 111] Connection refused")
    assert last.libraries == ("redis",)
    assert last.functions == ("execute_command", "warm_up", "_connect")
    assert paste.prose == "线上报这个，求助"


def test_the_summary_leaves_out_frames_paths_and_addresses() -> None:
    paste = read_paste(_PYTHON)
    assert paste is not None
    assert paste.summary.splitlines() == [
        "线上报这个，求助",
        "ConnectionError: Error 111 connecting to . Connection refused. redis",
        "ConnectionRefusedError: [Errno 111] Connection refused redis",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "TypeError: 'NoneType' object is not subscriptable",
            Fault("TypeError", "'NoneType' object is not subscriptable"),
        ),
        ("为啥 KeyError: 'price' 啊，明明有", Fault("KeyError", "'price'")),
        ("java.lang.RuntimeException: 用户不存在", Fault("RuntimeException", "用户不存在")),
        (
            "connect ECONNREFUSED 127.0.0.1:6379",
            Fault("", "", codes=("ECONNREFUSED",), libraries=("redis",)),
        ),
        ("ORA-12154", Fault("", "", codes=("ORA-12154",))),
        ("容器退出码 137 是什么意思", Fault("", "", codes=("exit code 137",))),
        ("web-1 exited with code 137", Fault("", "", codes=("exit code 137",))),
        ("ERROR 1045 (28000): Access denied", Fault("", "Access denied", codes=("1045",))),
        ("error[E0382]: borrow of moved value: `s`", Fault("", "borrow of moved value: `s`", codes=("E0382",))),
        (
            "thread 'main' panicked at src/main.rs:6:39:\ncalled `Option::unwrap()` on a `None` value",
            Fault("", "called `Option::unwrap()` on a `None` value"),
        ),
        (
            _GO,
            Fault("", "assignment to entry in nil map", libraries=("gin",), functions=("Run",)),
        ),
        (
            _NODE,
            Fault("Error", "listen EADDRINUSE: address already in use", ("EADDRINUSE",), ("ws",), ("listen",)),
        ),
        (
            _JAVA,
            Fault("BindException", "in use", libraries=("tomcat",), functions=("d", "bind")),
        ),
        ("fatal: refusing to merge unrelated histories", Fault("", "refusing to merge unrelated histories")),
    ],
)
def test_error_output_of_many_kinds_is_read(text: str, fault: Fault) -> None:
    assert _first(text) == fault


@pytest.mark.parametrize(
    "text",
    [
        "",
        "线上 redis 突然卡住了，一般是啥原因",
        "TypeError 和 ValueError 有什么区别",
        "Python 异常怎么捕获才对",
        "这个 error 怎么回事",
        "ERROR 级别的日志怎么单独存一份",
        "程序返回 exit code 0 算成功吗",
        "def f():\n    raise NotImplementedError",
    ],
)
def test_an_ordinary_question_is_no_paste(text: str) -> None:
    assert read_paste(text) is None


@pytest.mark.parametrize(
    ("message", "cleaned"),
    [
        ("can't open /var/lib/x/y.db", "can't open"),
        (r"No such file: C:\Users\li\a.txt", "No such file:"),
        ("<Order at 0x7fd1> is gone", "is gone"),
        ("0xdeadbeef at 10.1.2.3:80", "at"),
        ("and/or stays", "and/or stays"),
    ],
)
def test_what_differs_between_machines_is_left_out(message: str, cleaned: str) -> None:
    assert clean_message(message) == cleaned


@given(st.text(alphabet="aE rror:\n \"'()/.<>[]0x中 Traceback File line at", max_size=400))
def test_any_text_is_read_without_a_fault_of_our_own(text: str) -> None:
    paste = read_paste(text)
    if paste is not None:
        assert paste.faults
        assert 0 <= Comparison(paste, {}).share(text) <= 1


def test_a_long_paste_is_read_at_its_ends_and_quickly() -> None:
    frames = '  File "/a/b.py", line 1, in f\n    f()\n' * 200_000
    assert _first(f"Traceback (most recent call last):\n{frames}RecursionError: maximum depth").kind == "RecursionError"
    assert read_paste("(" * 1_000_000) is None
    assert read_paste("a." * 500_000) is None
    assert not is_error_output(" " * 50_000)


@pytest.mark.parametrize(
    ("text", "shows_error"),
    [
        ("TypeError: 'NoneType' object is not subscriptable。", True),
        ("```\nValueError: x\n```", True),
        ('File "a.py", line 3, in f', True),
        ("先判断 if row is None。", False),
        ("报 KeyError: 'x' 是因为表头带了空格。", False),
    ],
)
def test_sentences_that_only_show_an_error_are_told_from_remedies(text: str, *, shows_error: bool) -> None:
    assert is_error_output(text) is shows_error


def test_the_set_is_what_it_says() -> None:
    lines = (DATA / "queries.jsonl").read_text("utf-8").splitlines()
    queries = [json.loads(line) for line in lines]
    assert len(queries) >= 90
    assert all(read_paste(query["query"]) for query in queries)
    assert len({json.loads(line)["id"] for line in (DATA / "corpus.jsonl").read_text("utf-8").splitlines()}) >= 100


def _every(step: int, folder: Path) -> Path:
    """Write the set with one question in so many, and return the folder."""
    shutil.copy(DATA / "corpus.jsonl", folder)
    lines = (DATA / "queries.jsonl").read_text("utf-8").splitlines(keepends=True)
    (folder / "queries.jsonl").write_text("".join(lines[::step]), "utf-8")
    return folder


def test_spelling_alone_finds_the_post_with_the_same_fault(tmp_path: Path) -> None:
    assert evaluate(_every(4, tmp_path), "hashing")["recall@1"] >= 0.95


@pytest.mark.encoder
@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.soak)])
def test_the_post_with_the_same_fault_comes_first(step: int, tmp_path: Path) -> None:
    measured = evaluate(_every(step, tmp_path))
    assert measured["recall@1"] >= 0.98
    assert measured["no_answer_auc"] >= 0.96
