"""The rules of the house hold in every module, and each of them notices when it is broken."""

from __future__ import annotations

import pytest

from house_rules import (
    broad_excepts,
    cycles,
    exits,
    prints,
    scattered_third_parties,
    stale_broad_excepts,
    undeclared_homes,
    unexplained_lazy_imports,
    unexplained_suppressions,
    ungranted_third_parties,
)
from source_modules import SourceModule, parse_module, read_modules
from workspace import ROOT, read_conda_table, read_packages


@pytest.fixture(scope="module")
def modules() -> tuple[SourceModule, ...]:
    return read_modules()


def no_findings(findings: list[str]) -> bool:
    """Tell that there are none; fail with a line for each otherwise."""
    if findings:
        pytest.fail("\n" + "\n".join(findings), pytrace=False)
    return True


def fake_modules(**sources: str) -> list[SourceModule]:
    """Return modules whose names have two underscores where a dot belongs: `conda_a__b` is `conda_a.b`."""
    return [parse_module(name.replace("__", "."), text) for name, text in sources.items()]


def test_every_package_is_read(modules: tuple[SourceModule, ...]) -> None:
    assert {module.package for module in modules} == {member.import_name for member in read_packages()}


def test_there_is_no_import_cycle(modules: tuple[SourceModule, ...]) -> None:
    assert no_findings(cycles(modules))


@pytest.mark.parametrize(
    "back",
    [
        "import conda_a.one",
        "from conda_a import one",
        "from conda_a.one import name",
        "from .one import name",
        "from . import one",
        "def late():\n    from conda_a import one",
        "def late():\n    import_module('conda_a.one')",
        "if TYPE_CHECKING:\n    from conda_a.one import name",
    ],
)
def test_a_cycle_is_found_however_it_is_hidden(back: str) -> None:
    planted = fake_modules(conda_a__one="from conda_a.two import name", conda_a__two=back)

    assert len(cycles(planted)) == 1


def test_a_package_that_imports_its_own_modules_is_no_cycle() -> None:
    package = parse_module("conda_a", "from conda_a.one import name\nfrom .two import other", is_package=True)

    assert cycles([package, *fake_modules(conda_a__one="import os", conda_a__two="import conda_a.one")]) == []


def test_every_import_inside_a_function_says_why(modules: tuple[SourceModule, ...]) -> None:
    assert no_findings(unexplained_lazy_imports(modules))


def test_an_import_inside_a_function_that_does_not_say_why_is_found() -> None:
    silent = "def late():\n    import json  # noqa: PLC0415"

    assert unexplained_lazy_imports(fake_modules(conda_a=silent)) == [
        "conda_a:2: imports json in a function and does not say why"
    ]
    assert unexplained_lazy_imports(fake_modules(conda_a=f"{silent} - json costs 9 ms")) == []
    assert unexplained_lazy_imports(fake_modules(conda_a="import json")) == []


def test_third_parties_are_imported_in_their_homes_only(modules: tuple[SourceModule, ...]) -> None:
    assert no_findings(ungranted_third_parties(modules, read_conda_table()["homes"]))


def test_a_third_party_outside_its_home_is_found() -> None:
    homes = {"rich": ["conda-reporter-console"]}
    planted = fake_modules(
        conda_a__b="import rich.live", conda_a__c="import attrs, os", conda_reporter_console="import rich"
    )

    assert ungranted_third_parties(planted, homes) == [
        "conda_a.b:1: imports rich.live, which [tool.conda.homes] does not grant",
        "conda_a.c:1: imports attrs, which [tool.conda.homes] does not grant",
    ]


def test_the_homes_are_what_the_members_require() -> None:
    assert no_findings(undeclared_homes(read_packages(), read_conda_table()["homes"]))


def test_the_kernel_imports_each_third_party_in_one_module(modules: tuple[SourceModule, ...]) -> None:
    assert no_findings(scattered_third_parties(modules, "conda_kernel"))


def test_a_third_party_imported_in_two_modules_is_found() -> None:
    planted = fake_modules(conda_kernel__a="import pluggy, os", conda_kernel__b="from pluggy import x\nimport os")

    assert scattered_third_parties(planted, "conda_kernel") == ["pluggy: imported by conda_kernel.a, conda_kernel.b"]


def test_only_the_command_line_and_reporters_print(modules: tuple[SourceModule, ...]) -> None:
    assert no_findings(prints(modules))


@pytest.mark.parametrize("text", ["print('x')", "sys.stdout.write('x')", "sys.__stderr__.writelines([])"])
def test_a_print_is_found(text: str) -> None:
    assert prints(fake_modules(conda_a=text)) == ["conda_a:1: prints; only conda_cli and reporters do"]
    assert prints(fake_modules(conda_cli__main=text, conda_reporter_json=text)) == []


def test_only_the_command_line_exits(modules: tuple[SourceModule, ...]) -> None:
    assert no_findings(exits(modules))


@pytest.mark.parametrize(
    "text", ["sys.exit(1)", "exit()", "os._exit(1)", "raise SystemExit", "raise SystemExit(1)", "from sys import exit"]
)
def test_an_exit_is_found(text: str) -> None:
    assert exits(fake_modules(conda_a=text)) == ["conda_a:1: ends the process; only conda_cli does"]
    assert exits(fake_modules(conda_cli__main=text)) == []


def test_every_exception_is_caught_in_the_listed_modules_only(modules: tuple[SourceModule, ...]) -> None:
    allowed = read_conda_table()["broad-excepts"]

    assert no_findings(broad_excepts(modules, allowed))
    assert no_findings(stale_broad_excepts(modules, allowed))


@pytest.mark.parametrize(
    "text",
    [
        "try: pass\nexcept: pass",
        "try: pass\nexcept Exception: pass",
        "try: pass\nexcept (OSError, BaseException) as error: raise Other from error",
        "1\nwith suppress(Exception): pass",
    ],
)
def test_a_broad_except_is_found(text: str) -> None:
    found = broad_excepts(fake_modules(conda_a__b=text), {})

    assert found == ["conda_a.b:2: catches every exception outside [tool.conda.broad-excepts]"]
    assert broad_excepts(fake_modules(conda_a__b=text), {"conda_a.b": "a reason"}) == []


def test_cleaning_up_and_raising_again_is_no_broad_except() -> None:
    text = "try: pass\nexcept BaseException:\n    undo()\n    raise"

    assert broad_excepts(fake_modules(conda_a=text), {}) == []


def test_a_listed_module_without_a_broad_except_is_found() -> None:
    found = stale_broad_excepts(fake_modules(conda_a="import os"), {"conda_a": "a reason", "conda_b": "a reason"})

    assert found == [
        "conda_a: has no broad except, or does not exist",
        "conda_b: has no broad except, or does not exist",
    ]


def test_whoever_silences_a_check_says_why() -> None:
    files = [path for folder in ("kernel", "plugins") for path in sorted((ROOT / folder).rglob("*.py"))]

    assert no_findings(
        [
            finding
            for path in files
            for finding in unexplained_suppressions(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
        ]
    )


@pytest.mark.parametrize("silencer", ["noqa", "noqa: BLE001", "type: ignore[misc]", "type: ignore", "noqa: A001, A002"])
def test_a_silenced_check_without_a_reason_is_found(silencer: str) -> None:
    assert unexplained_suppressions("a.py", f"x = 1  # {silencer}\n") == [
        "a.py:1: silences a check and does not say why"
    ]
    assert unexplained_suppressions("a.py", f"x = 1  # {silencer} - the stub is wrong\n") == []
    assert unexplained_suppressions("a.py", f"x = 1  # {silencer}  # the stub is wrong\n") == []
    assert unexplained_suppressions("a.py", f"x = 1  # {silencer}  (the stub is wrong)\n") == []
    assert len(unexplained_suppressions("a.py", f"x = 1  # {silencer}  # type: ignore[misc]\n")) == 1
