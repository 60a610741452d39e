"""Reads the source as text and says where it breaks the rules of the house (DESIGN: rooms, keys, habits)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

# A module may import modules of its own level and of the levels below.
LEVELS: list[tuple[int, str]] = [
    (0, r"bot\.(secret_codes|small_talk|intent_question|intent_topic|commands_dates)"),
    (0, r"bot\.(model|calendar_file|clock|ids|text\w*|errors|units|log\w*|config\w*|schedules|schedule_\w+)"),
    (0, r"bot\.(documents|moderation)(\.\w+)*"),
    (0, r"bot"),
    (1, r"bot\.storage\w*"),
    (2, r"bot\.(inbox|outbox\w*|members|members_identities_store|dialogue|quota|events|entitlements)"),
    (2, r"bot\.(deadlines_store|owed_notices_store|privacy_store|secret_codes_store)"),
    (2, r"bot\.(ledger|payments)(\.\w+)*"),
    (2, r"bot\.search(\.\w+)*"),
    (2, r"bot\.language_model\w*"),
    (3, r"bot\.plugin(_\w+)?"),
    (4, r"bot\.plugins(\.\w+)*"),
    (
        5,
        r"bot\.(commands\w*|router\w*|intent\w*|dispatcher\w*|replies|supervisor|loader\w*|scheduler\w*|roles|verdicts|sender\w*|services)",
    ),
    (5, r"bot\.gateway(\.\w+)*"),
    (6, r"bot\.(web|simulation\w*)(\.\w+)*"),
    (7, r"bot\.(app\w*|cli|testing|__main__)(\.\w+)*"),
]
CORE_LEVELS = {0, 1, 2, 3, 5, 6}
STORE_MODULES = re.compile(r"bot\.(storage\w*|inbox|outbox\w*|members|dialogue|quota|events|(.*\.)?\w*store)$")
WECHATY_MODULES = re.compile(r"bot\.(gateway\.(wechaty\w*|puppet_server\w*)|cli\.bench_peers)$")
OWNED_CALLS = {
    "datetime.now": r"bot\.clock$",
    "datetime.utcnow": r"^$",
    "time.time": r"bot\.clock$",
    "time.monotonic": r"bot\.clock$",
    "sqlite3.connect": r"bot\.storage\w*$",
    "uuid.uuid4": r"^$",
}
OWNED_NAMES = {"os.environ": r"bot\.(config\w*|search)$", "os.getenv": r"bot\.config\w*$"}
SQL = re.compile(
    r"^\s*(select\s.+\sfrom\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|create\s+(virtual\s+)?table\s)",
    re.IGNORECASE | re.DOTALL,
)
MAX_FILE_LINES = 400


def module_name(path: Path, root: Path) -> str:
    """Return the dotted name of a source file below `root`, the folder that holds `bot`."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache  # parsing and walking is nearly all the work, and every rule needs it
def nodes_of(text: str) -> tuple[ast.AST, ...]:
    """Return every node of a source text."""
    return tuple(ast.walk(ast.parse(text)))


@cache
def level_of(module: str) -> int | None:
    """Return the level of a module of the project, None for others."""
    return next((level for level, pattern in LEVELS if re.fullmatch(pattern, module)), None)


def imports_of(nodes: tuple[ast.AST, ...], module: str, *, is_package: bool) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of every import, relative ones resolved."""
    package = module if is_package else module.rpartition(".")[0]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base]) if base else ".".join(parents)
            yield node.lineno, base
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def arrow_faults(module: str, line: int, target: str, requires: set[str]) -> str | None:
    """Say what is wrong with one import, None when it is allowed."""
    if re.match(r"(wechaty|wechaty_\w+)(\.|$)", target) and not WECHATY_MODULES.match(module):
        return f"{module}:{line} imports {target}: only the Wechaty gateway may"
    own, other = level_of(module), level_of(target)
    if other is None or own is None or target == module:
        return None
    if own in CORE_LEVELS and other == 4 and target != "bot.plugins":
        return f"{module}:{line} imports {target}: the core names plugins only by string"
    if other > own:
        return f"{module}:{line} imports {target}: the arrow points the other way"
    if own == 4 and module.count(".") >= 2:
        return plugin_fault(module, line, target, requires)
    return None


def plugin_fault(module: str, line: int, target: str, requires: set[str]) -> str | None:
    """Say what is wrong with an import inside a plugin."""
    own_package = ".".join(module.split(".")[:3])
    if target == "bot.plugin" or target.startswith(("bot.plugin.", own_package)) or target in {"bot", "bot.plugins"}:
        return None
    match = re.fullmatch(r"bot\.plugins\.(\w+)\.api(\.\w+)?", target)
    if match and match[1] in requires:
        return None
    return f"{module}:{line} imports {target}: a plugin may import bot.plugin and the api of a plugin it requires"


def declared_requires(folder: Path) -> set[str]:
    """Return the names in `requires=(…)` of the Plugin made in a plugin's package."""
    found: set[str] = set()
    for path in folder.glob("*.py"):
        for match in re.findall(r"requires=[(\[]([^)\]]*)[)\]]", path.read_text(encoding="utf-8")):
            found |= set(re.findall(r"[\"'](\w+)[\"']", match))
    return found


def faults_in(root: Path) -> list[str]:
    """Return every broken rule in the sources below `root`/bot, one line each."""
    faults: list[str] = []
    for path in sorted((root / "bot").rglob("*.py")):
        module, text = module_name(path, root), path.read_text(encoding="utf-8")
        if (lines := text.count("\n")) > MAX_FILE_LINES:
            faults.append(f"{module} has {lines} lines, {MAX_FILE_LINES} are allowed")
        requires = declared_requires(path.parent) if level_of(module) == 4 else set()
        for line, target in imports_of(nodes_of(text), module, is_package=path.name == "__init__.py"):
            fault = arrow_faults(module, line, target, requires)
            if fault and fault not in faults:
                faults.append(fault)
        faults += ownership_faults(module, nodes_of(text))
    return faults


def ownership_faults(module: str, nodes: tuple[ast.AST, ...]) -> Iterator[str]:
    """Yield calls, names and SQL that stand outside the room they belong to."""
    documented = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
    bodies = (node.body for node in nodes if isinstance(node, documented))
    docstrings = {id(body[0].value) for body in bodies if body and isinstance(body[0], ast.Expr)}
    for node in nodes:
        name = dotted(node.func) if isinstance(node, ast.Call) else ""
        if name in OWNED_CALLS and not re.match(OWNED_CALLS[name], module):
            yield f"{module}:{node.lineno} calls {name}"
        name = dotted(node) if isinstance(node, ast.Attribute) else ""
        if name in OWNED_NAMES and not re.match(OWNED_NAMES[name], module):
            yield f"{module}:{node.lineno} reads {name}"
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
        if is_text and SQL.match(node.value) and not STORE_MODULES.match(module):
            yield f"{module}:{node.lineno} holds SQL outside a store module"


def dotted(node: ast.expr) -> str:
    """Return `a.b` for an attribute of a name, else nothing."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""


def function_lengths(root: Path) -> list[int]:
    """Return the length in lines of every function of the project, docstring left out."""
    lengths: list[int] = []
    for path in (root / "bot").rglob("*.py"):
        for node in nodes_of(path.read_text(encoding="utf-8")):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
                lengths.append((body[-1].end_lineno or 0) - body[0].lineno + 1)
    return sorted(lengths)
