from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main
from bot.cli import asking
from bot.search.hashing import HashingEncoder
from tests.documents.made import Line, docx, pdf

pytestmark = pytest.mark.slow

DATA = Path(__file__).parents[1] / "data" / "posts"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(asking, "_load_encoder", lambda _spec: HashingEncoder())
    path = tmp_path / "bot.yaml"
    path.write_text(f"knowledge: {DATA / 'knowledge'}\n", encoding="utf-8")
    return path


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--config", str(config), "--data", str(config.parent / "data")])


def test_ask_prints_the_contract(config: Path) -> None:
    result = run(config, "ask", "asyncio 怎么限制并发？", "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout.splitlines()[-1])
    assert list(answer) == ["found", "answer", "confidence", "sources", "ms"]
    assert answer["found"] is True
    assert answer["confidence"] == "高"
    assert answer["sources"][0].keys() == {"id", "title", "score"}
    assert answer["sources"][0]["id"] == "limit-concurrency"
    assert answer["answer"].startswith("用 asyncio.Semaphore(n)")


def test_ask_says_no_honestly(config: Path) -> None:
    answer = json.loads(run(config, "ask", "zzz qqq vvv", "--json").stdout.splitlines()[-1])
    assert (answer["found"], answer["sources"], answer["confidence"]) == (False, [], "低")
    assert answer["answer"] == "知识库里还没有这个问题的答案。"


def test_ask_for_people_is_the_answer_alone(config: Path) -> None:
    assert run(config, "ask", "asyncio 怎么限制并发？").stdout.startswith("用 asyncio.Semaphore(n)")
    assert run(config, "ask", " ").exit_code == 2


def test_import_counts_names_what_it_skips_and_fails_then(config: Path) -> None:
    result = run(config, "import", str(DATA / "import"))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "新增 3，更新 0，没有变化 0，内容重复 0，跳过 5。"
    assert f"{DATA / 'import' / 'lines.jsonl'}:2:2: 这一行不是正确的 JSON，已跳过" in result.stderr
    again = run(config, "import", str(DATA / "import" / "sub" / "disk.txt"))
    assert again.exit_code == 0
    assert again.stdout.splitlines()[-1] == "新增 0，更新 0，没有变化 0，内容重复 1，跳过 0。"
    answer = json.loads(run(config, "ask", "磁盘满了怎么办", "--json").stdout.splitlines()[-1])
    assert answer["sources"][0]["title"] == "磁盘满了怎么办"


def test_all_knowledge_goes_out_and_comes_back(config: Path, tmp_path: Path) -> None:
    run(config, "import", str(DATA / "import" / "sub" / "disk.txt"))
    out = tmp_path / "out"
    result = run(config, "export-knowledge", str(out))
    assert result.exit_code == 0
    files = {path.name: path.read_bytes() for path in out.iterdir()}
    assert result.stdout == f"已导出 {len(files)} 篇到 {out}。\n"
    assert run(config, "export-knowledge", str(out)).stderr == f"错误：{out} 里已经有文件，请换一个空目录\n"
    config.write_text(f"knowledge: {tmp_path / 'none'}\n", encoding="utf-8")
    (tmp_path / "data").rename(tmp_path / "before")
    assert run(config, "import", str(out)).stdout.startswith(f"新增 {len(files)}，")
    assert run(config, "export-knowledge", str(tmp_path / "again")).exit_code == 0
    again = {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()}
    same = {name: text.replace(b'source: "knowledge"', b'source: "import"') for name, text in files.items()}
    assert again == same


@pytest.mark.process
def test_a_folder_of_documents_is_imported_and_broken_ones_are_named(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "资料"
    folder.mkdir()
    (folder / "讲义.pdf").write_bytes(pdf([Line("大 key 怎么找", 24), Line("用 redis-cli --bigkeys 扫描。")]))
    (folder / "讲义.docx").write_bytes(docx(("Title", "怎么部署"), ("", "用 docker compose。")))
    (folder / "~$讲义.docx").write_bytes(b"what Word leaves beside an open file")
    (folder / "坏.pdf").write_bytes(b"%PDF-1.4 broken")
    (folder / "笔记.ipynb").write_text(
        '{"cells": [{"cell_type": "markdown", "source": "# 笔记\\n正文"}]}', encoding="utf-8"
    )
    result = run(config, "import", str(folder))
    assert result.stdout.splitlines()[-1] == "新增 3，更新 0，没有变化 0，内容重复 0，跳过 1。"
    assert result.stderr.splitlines()[-1] == f"{folder / '坏.pdf'}:1:1: 已经损坏，打不开，请重新导出一份 PDF 再试"
    answer = json.loads(run(config, "ask", "大 key 怎么找", "--json").stdout.splitlines()[-1])
    assert answer["sources"][0]["id"] == "讲义.pdf"


def test_eval_prints_one_line_of_json(tmp_path: Path) -> None:
    corpus = [
        {"id": "a", "title": "端口被占用", "text": "用 ss 找"},
        {"id": "b", "title": "磁盘满了", "text": "用 df 看"},
    ]
    queries = [{"query": "端口被占用怎么办", "relevant": ["a"]}, {"query": "今天吃什么", "relevant": []}]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    result = CliRunner().invoke(main, ["eval", "retrieval", str(tmp_path), "--encoder", "hashing", "--calibrate"])
    assert result.exit_code == 0
    measured = json.loads(result.stdout.splitlines()[-1])
    assert measured["recall@1"] == 1.0
    assert {"recall@5", "mrr@10", "ndcg@10", "no_answer_auc", "ms_p50", "ms_p95", "answer_threshold"} <= measured.keys()


def test_eval_says_what_is_missing(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["eval", "retrieval", str(tmp_path)])
    assert result.exit_code == 1
    assert result.stderr.startswith("错误：")
    assert "Traceback" not in result.output
