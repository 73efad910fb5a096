"""Each claim in the docs links to a test, and that test exists: [file](../tests/file.py#test_name)."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = ["docs/threats.md", "docs/reliability.md"]
NAMED = re.compile(r"\]\(\.\./(tests/[\w/]+\.py)#(\w+)\)")
SEPARATOR = "| ---"


@cache
def functions_of(file: str) -> set[str]:
    path = ROOT / file
    if not path.exists():
        return set()
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def claims(document: str) -> list[str]:
    """The rows of the document's tables, without headings."""
    lines = (ROOT / document).read_text(encoding="utf-8").splitlines()
    headings = {number - 1 for number, line in enumerate(lines) if line.startswith(SEPARATOR)}
    rows = {number: line for number, line in enumerate(lines) if line.startswith("| ")}
    return [row for number, row in rows.items() if number not in headings and not row.startswith(SEPARATOR)]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_claim_names_a_test(document: str) -> None:
    assert len(claims(document)) > 15
    assert [row for row in claims(document) if not NAMED.search(row)] == []


@pytest.mark.parametrize("document", [*DOCUMENTS, "docs/scale.md"])
def test_each_named_test_exists(document: str) -> None:
    named = NAMED.findall((ROOT / document).read_text(encoding="utf-8"))
    assert [f"{file}::{test}" for file, test in named if test not in functions_of(file)] == []


def test_a_test_that_does_not_exist_would_be_found() -> None:
    assert "test_each_named_test_exists" in functions_of("tests/test_claims.py")
    assert "test_of_nothing" not in functions_of("tests/test_claims.py")
    assert functions_of("tests/test_of_nothing.py") == set()
