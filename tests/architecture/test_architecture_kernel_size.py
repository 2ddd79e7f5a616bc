"""The kernel stays small: beside the model and the table of settings it is about a thousand lines of code."""

from __future__ import annotations

import ast
import io
import tokenize

from workspace import ROOT

KERNEL = ROOT / "kernel" / "src" / "conda_kernel"
LIMIT = 1_100
NOT_COUNTED = {
    "settings": "the table of settings that several distributions read",
    "setting": "how a row of the table is declared: what it may hold, how layers are merged",
    "options": "the options of command lines that are bound to rows of the table",
}
"""Modules beside the model that do not count, each with the reason; all others do, the list of points too."""
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


def test_the_kernel_beside_model_and_table_of_settings_is_about_a_thousand_lines() -> None:
    sizes = {module.stem: lines_of_code(module.read_text(encoding="utf-8")) for module in KERNEL.glob("*.py")}
    assert sizes.keys() >= NOT_COUNTED.keys()
    assert sum(size for name, size in sizes.items() if name not in NOT_COUNTED) <= LIMIT, sizes


def test_the_kernel_has_one_folder_below_it_which_is_the_model() -> None:
    assert {folder.parent.name for folder in KERNEL.rglob("*.py")} == {"conda_kernel", "model"}


def test_no_module_of_the_kernel_is_long_but_the_list_of_points() -> None:
    lengths = {module.name: len(module.read_text(encoding="utf-8").splitlines()) for module in KERNEL.rglob("*.py")}
    assert not {name for name, length in lengths.items() if length > 350} - {"hookspecs.py"}
