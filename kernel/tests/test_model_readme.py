"""What the README says of the model is so."""

from __future__ import annotations

import doctest
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_examples_of_the_readme_do_what_they_show() -> None:
    results = doctest.testfile(str(README), module_relative=False, encoding="utf-8")

    assert results.attempted > 20
    assert results.failed == 0
