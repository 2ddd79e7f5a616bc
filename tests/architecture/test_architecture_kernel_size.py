"""The kernel stays small: what finds and calls plugins is about a thousand lines of code."""

from __future__ import annotations

import ast
import io
import tokenize

from workspace import ROOT

KERNEL = ROOT / "kernel" / "src" / "conda_kernel"
LIMIT = 1_050
TABLES = {"hookspecs", "setting", "settings", "options"}
"""The table of points, that of settings, how one is declared, and the options that are bound to them."""
SHARED = {"channels", "machine", "prefixes", "known_environments", "environments_txt", "errors"}
"""What plugins would else copy from each other: which channels, machine and prefixes a command means, and errors."""
LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def lines_of_code(source: str) -> int:
    """Return how many lines hold code: neither blank, nor a comment, nor documentation."""
    code: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in LAYOUT:
            code.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            code.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(code)


def test_code_is_counted_without_blanks_comments_and_documentation() -> None:
    assert (
        lines_of_code(
            '"""Doc."""\n\n# why\nx = (\n    1\n)\n\n\ndef f():\n    """Doc.\n\n    More.\n    """\n    return x\n'
        )
        == 5
    )


def test_the_kernel_beside_model_and_tables_is_about_a_thousand_lines() -> None:
    sizes = {
        module.stem: lines_of_code(module.read_text(encoding="utf-8"))
        for module in KERNEL.glob("*.py")
        if module.stem not in TABLES | SHARED
    }
    assert sum(sizes.values()) <= LIMIT, sizes


def test_no_module_of_the_kernel_is_long_but_the_list_of_points() -> None:
    lengths = {module.name: len(module.read_text(encoding="utf-8").splitlines()) for module in KERNEL.rglob("*.py")}
    assert not {name for name, length in lengths.items() if length > 350} - {"hookspecs.py"}
