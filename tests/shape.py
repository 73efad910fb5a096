"""The shape of the code, printed and enforced: `python -m tests.shape`. Lengths are in lines, docstrings included."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median, quantiles

from tests.sources import ROOT, imported, name_of, room_of, sources

FILE_P90, FUNCTION_P90, LONGEST_FUNCTION = 200, 15, 45
NOT_PRODUCT = {"demo", "fakes"}  # only checked for import cycles


def functions(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1, f"{name_of(path)}:{node.lineno} {node.name}"


def import_circle(paths: Sequence[Path]) -> list[str]:
    """The modules of one import cycle; empty if there's none."""
    graph = {name_of(path): {name_of(found) for name in imported(path) if (found := _file(name))} for path in paths}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _file(module: str) -> Path | None:
    place = ROOT / module.replace(".", "/")
    return next((each for each in (place.with_suffix(".py"), place / "__init__.py") if each.exists()), None)


def p90(lengths: Sequence[int]) -> float:
    return quantiles(lengths, n=10, method="inclusive")[-1]


def main() -> None:
    product = [path for path in sources() if room_of(path) not in NOT_PRODUCT]
    files = [len(path.read_text(encoding="utf-8").splitlines()) for path in product]
    found = sorted(each for path in product for each in functions(path))
    lengths = [length for length, _ in found]
    circle = import_circle(sources())
    print(f"{len(files)} files, {sum(files)} lines: median {median(files)}, p90 {p90(files):.0f} (at most {FILE_P90})")
    print(f"{len(found)} functions: median {median(lengths)}, p90 {p90(lengths):.0f} (at most {FUNCTION_P90})")
    print(f"longest function: {lengths[-1]} (at most {LONGEST_FUNCTION}), {found[-1][1]}")
    print(f"import circle: {' -> '.join(circle) or 'none'}")
    wrong = [f"{length} lines: {name}" for length, name in found if length > LONGEST_FUNCTION]
    if wrong or circle or p90(files) > FILE_P90 or p90(lengths) > FUNCTION_P90:
        sys.exit("\n".join(["The shape is not what it should be.", *wrong]))


if __name__ == "__main__":
    main()
