"""The community leads every key, and no statement of a store module forgets it."""

from __future__ import annotations

import ast
import re
import sqlite3
from pathlib import Path

import pytest

from bot.app import core_migrations, make_loader
from bot.clock import SystemClock
from bot.config_model import Config
from bot.storage import Storage
from tests import architecture

ROOT = Path(__file__).parent.parent
ENGINE_TABLES = re.compile(r"sqlite_\w+|_sqlite_migrations|passage_terms\w*")  # the engine's own and full text's
STATEMENT = re.compile(r"^\s*(?:select|insert|update|delete|with)\b.*?\b(?:from|into|update)\s+([a-z_]+)", re.DOTALL)


@pytest.fixture
async def database(tmp_path: Path) -> sqlite3.Connection:
    loader = make_loader(Config, SystemClock())
    loader.load_all()
    storage = Storage.open(tmp_path / "all.db", SystemClock(), [*core_migrations(), *loader.migrations()])
    await storage.close()
    return sqlite3.connect(tmp_path / "all.db")


def tables_of(database: sqlite3.Connection) -> list[str]:
    found = database.execute("select name from sqlite_master where type = 'table'").fetchall()
    return [name for (name,) in found if not ENGINE_TABLES.fullmatch(name)]


async def test_every_key_begins_with_the_community(database: sqlite3.Connection) -> None:
    tables = tables_of(database)
    first = {
        table: next((row[1] for row in database.execute(f"pragma table_info({table})") if row[5] == 1), None)
        for table in tables
    }
    assert len(tables) > 20
    assert {table: column for table, column in first.items() if column != "community"} == {}


async def test_every_index_begins_with_the_community(database: sqlite3.Connection) -> None:
    wrong = []
    for (name,) in database.execute("select name from sqlite_master where type = 'index' and sql is not null"):
        column = database.execute(f"pragma index_info({name})").fetchone()[2]
        if column != "community" and not ENGINE_TABLES.match(name) and "sqlite_migrations" not in name:
            wrong.append(name)
    assert wrong == []


async def test_every_statement_names_the_community(database: sqlite3.Connection) -> None:
    tables, forgetful = set(tables_of(database)), []
    for path in (ROOT / "bot").rglob("*.py"):
        if not architecture.STORE_MODULES.match(architecture.module_name(path, ROOT)):
            continue
        for text, line in statements_in(path):
            found = STATEMENT.match(text)
            if found and found[1] in tables and "community" not in text:
                forgetful.append(f"{path.name}:{line}")
    assert forgetful == []


def statements_in(path: Path) -> list[tuple[str, int]]:
    """Return (text, line) of every string; what stands in braces is trusted to name the community."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    pieces = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    found = []
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in pieces:
            found.append((node.value, node.lineno))
        elif isinstance(node, ast.JoinedStr):
            parts = [str(p.value) if isinstance(p, ast.Constant) else "{community}" for p in node.values]
            found.append(("".join(parts), node.lineno))
    return found
