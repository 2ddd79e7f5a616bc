"""Decisions are numbered one by one, and each has its three parts."""

from __future__ import annotations

import re

from workspace import ROOT

PAGES = sorted((ROOT / "docs" / "decisions").iterdir())


def test_every_decision_has_a_number_of_its_own() -> None:
    assert [page.name[:4] for page in PAGES] == [f"{number:04}" for number in range(1, len(PAGES) + 1)]


def test_a_decision_has_its_number_and_its_parts() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.name[:4]} "), page.name
        assert re.findall(r"^\*\*(Context|Decision|Consequence)\.\*\*", text, flags=re.MULTILINE)[:3] == [
            "Context",
            "Decision",
            "Consequence",
        ], page.name
