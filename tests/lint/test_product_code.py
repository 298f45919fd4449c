"""Product code reads nothing below tests/: the tests can change without it, and it runs without them."""

from __future__ import annotations

import ast
import re

from tests.lint import tracked

PRODUCT = (
    "inventory/",
    "infra/",
    "playbooks/",
    "policies/",
    "scripts/lab/",
    "scripts/lantu/",
    "scripts/pulumi_toolchain/",
)

RUNS = {"scripts/lantu/verification.py": "tests/estate", "scripts/lantu/context.py": "tests/estate"}
"""`lantu verify` runs these tests on the hosts of a district and needs them; it reads none of their files."""

TESTS = re.compile(r"(?:^|/)tests(?:/[\w.-]+)*/?")


def docstrings(tree: ast.Module) -> set[ast.AST]:
    """String statements: they are read by people."""
    return {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def attribute_names(tree: ast.Module) -> set[ast.AST]:
    """First arguments of `element.set(...)` and the like: names of attributes, no paths."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    return {call.args[0] for call in calls if call.func.attr == "set" and call.args}  # type: ignore[attr-defined]


def paths_below_tests(path: str) -> list[str]:
    tree = tracked.tree(path)
    skipped = docstrings(tree) | attribute_names(tree)
    imports = [
        f"{path}:{node.lineno}: imports {name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
        if name.split(".")[0] == "tests"
    ]
    return imports + [
        f"{path}:{node.lineno}: {node.value!r}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped
        if TESTS.fullmatch(node.value) and node.value != RUNS.get(path)
    ]


def test_product_code_reads_no_file_of_the_tests() -> None:
    product = [path for path in tracked.files(".py") if path.startswith(PRODUCT)]
    uses = [use for path in product for use in paths_below_tests(path)]
    assert not uses, "\n".join(uses)
