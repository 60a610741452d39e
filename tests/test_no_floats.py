"""No float touches money: read from the sources of everything that handles it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MONEY = ("bot/payments", "bot/ledger", "bot/plugins/orders", "bot/plugins/membership", "bot/plugins/accounts",
         "bot/plugins/growth", "bot/plugins/codes", "bot/plugins/tickets")  # fmt: skip


def floats_in(source: str, *, is_about_money: bool) -> Iterator[tuple[int, str]]:
    """Yield (line, what) of everything that may turn money into a float.

    Args:
        source: of a module.
        is_about_money: it handles nothing else, so that no float may be in it unless its name says seconds.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div) and _is_of_money(node):
            yield node.lineno, "divides money with /"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"float", "round"}:
            if any(_is_money(part) for argument in node.args for part in ast.walk(argument)):
                yield node.lineno, f"{node.func.id}() of money"
            elif is_about_money and node.func.id == "float":
                yield node.lineno, "float()"
        if isinstance(node, ast.AnnAssign) and _is_money(node.target) and "float" in ast.unparse(node.annotation):
            yield node.lineno, "money is annotated as float"
        if (
            isinstance(node, ast.arg)
            and _named(node.arg)
            and node.annotation
            and "float" in ast.unparse(node.annotation)
        ):
            yield node.lineno, "money is annotated as float"
        if isinstance(node, ast.BinOp | ast.Compare) and _is_of_money(node) and any(map(_is_float, ast.walk(node))):
            yield node.lineno, "money meets a float"
        if isinstance(node, ast.Call) and is_about_money and _reads_json_floats(node):
            yield node.lineno, "JSON with floats"


def _is_of_money(node: ast.AST) -> bool:
    return any(_is_money(part) for part in ast.walk(node))


def _is_money(node: ast.AST) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return _named(name)


def _named(name: str) -> bool:
    return name == "fen" or name.endswith("_fen") or name.startswith("fen_")


def _is_float(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float)


def _reads_json_floats(node: ast.Call) -> bool:
    """Whether numbers of others are read so that 0.1 becomes a float: providers' answers are read with Decimal."""
    is_loads = isinstance(node.func, ast.Attribute) and node.func.attr == "loads" and _is_json(node.func.value)
    return is_loads and any(
        keyword.arg == "parse_float" and _is_name(keyword.value, "float") for keyword in node.keywords
    )


def _is_json(node: ast.AST) -> bool:
    return _is_name(node, "json")


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


@pytest.mark.slow
def test_no_float_touches_money() -> None:
    faults = []
    for path in sorted((ROOT / "bot").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("bot/plugins/revenue/"):
            continue  # foretells turnover from guesses, which are no money
        source, is_about_money = path.read_text(encoding="utf-8"), name.startswith(MONEY)
        if not is_about_money and "fen" not in source:
            continue
        found = floats_in(source, is_about_money=is_about_money)
        faults += [f"{name}:{line}: {what}" for line, what in found]
    assert faults == []


@pytest.mark.parametrize(
    "source",
    [
        "x = amount_fen / 100",
        "x = order.amount_fen / 2",
        "x = float(order.amount_fen)",
        "x = round(fen * rate)",
        "price_fen: float = 3",
        "def pay(amount_fen: float) -> None: ...",
        "x = amount_fen * 0.006",
        "is_large = amount_fen > 99.5",
        "total_fen /= 3",
        "x = float(text)",
        "x = json.loads(body, parse_float=float)",
    ],
)
def test_the_lint_finds(source: str) -> None:
    assert list(floats_in(source, is_about_money=True))


@pytest.mark.parametrize(
    "source",
    ["x = amount_fen // 100", "x = seconds * 0.5", "x = amount_fen * days // 31", "x = json.loads(body)", "x = a / b"],
)
def test_the_lint_lets_pass(source: str) -> None:
    assert list(floats_in(source, is_about_money=True)) == []
