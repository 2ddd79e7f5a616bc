"""Match specs are read and written as CEP 29 says."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.errors import CondaError, InvalidMatchSpec, ParseError
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.match_spec_fields import MatchSpecFields
from conda_kernel.model.match_spec_parsing import read_match_spec
from conda_kernel.model.match_spec_plain import read_plain
from conda_kernel.model.package_reference import read_package_reference
from conda_kernel.model.secret import Secret
from conda_kernel.model.version_spec import VersionSpec

TABLE = Path(__file__).resolve().parents[3] / "shared" / "spec" / "cases" / "matchspec_parse.json"
ROWS: dict[str, Any] = json.loads(TABLE.read_text()) if TABLE.exists() else {}
needs_table = pytest.mark.skipif(not ROWS, reason="shared/spec/cases/matchspec_parse.json is not beside the repository")
MD5 = "7dbaa197d7ba6032caf7ae7f32c1efa0"
SHA256 = "f453db4ffe2271ec492a2913af4e61d4a6c118201f07de757df0eff769b65d2e"
TEXT_FIELDS = (
    "name version build build_number channel subdir url md5 sha256 license license_family file_name when".split()  # noqa: SIM905 - shorter than a list
)
SET_FIELDS = ("track_features", "features", "extras", "flags")

values = st.text(alphabet="ab1 =,'\"[]()\\#|:*.$^", min_size=1, max_size=6).filter(
    lambda text: text.strip() == text and text != "*" and not text.startswith("^") and not text.endswith("$")
)
versions = st.sampled_from(
    ("1.0", "==1.0", "=1.0", "1.0.*", "!=1.0", "!=1.0.*", "~=1.2", ">=1,<2", "1|2", "(1|2),<3", "*", "1.*.2", "^1[.]0$")
)
pairs = st.fixed_dictionaries(
    {},
    optional={
        "version": versions,
        "build": values | st.sampled_from(("py27_0", "py*", "^py(2|3).*$")),
        "build_number": st.sampled_from(("3", "==3", ">=3", "!=1", "*")),
        "channel": st.sampled_from(
            ("conda-forge", "conda-*", "a/linux-64", "https://u:p@h.org/c", "pkgs/main", "*", "/x")
        ),
        "subdir": st.sampled_from(("linux-64", "noarch", "linux-*", "odd-1", "*")),
        "fn": values,
        "url": st.sampled_from(
            ("https://h.org/c/linux-64/a-1.0-0.conda", "https://u:p@h.org/a.conda", "file:///a/b.conda")
        ),
        "md5": st.just(MD5.upper()),
        "sha256": st.just(SHA256),
        "license": values,
        "license_family": values,
        "track_features": st.sampled_from(("a", "a b", "b,a")),
        "features": st.sampled_from(("a", "a b")),
        "when": st.sampled_from(("__unix", "a and (b or c>=1)", 'a[version="1.*"] or b', "python >=3.10 and __win")),
        "extras": st.sampled_from(("a", "test.x")),
        "flags": st.sampled_from(("cuda", "blas:*")),
    },
)
names = st.sampled_from(("numpy", "NumPy", "_x", "__cuda", "a.b-", "py*", "*", "^py[0-9]$", "^a|b$"))


def quoted_value(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def spec_text(name: str, keys: dict[str, str]) -> str:
    return f"{name}[{','.join(f'{key}={quoted_value(value)}' for key, value in keys.items())}]"


def held_fields(spec: MatchSpec) -> dict[str, object]:
    """Return what the spec holds in the words of the table."""
    held: dict[str, object] = {}
    for field in TEXT_FIELDS:
        if getattr(spec, field) is not None:
            held["fn" if field == "file_name" else field] = str(getattr(spec, field))
    if spec.secret_url is not None:
        held["url"] = spec.secret_url.reveal()
    held.update({field: sorted(getattr(spec, field)) for field in SET_FIELDS if getattr(spec, field)})
    return held


def parse_in_working_folder(text: str) -> MatchSpec:
    return MatchSpec.parse(text.replace("{cwd}", os.getcwd()))


@needs_table
@pytest.mark.parametrize("row", ROWS.get("cases", ()), ids=lambda row: repr(row["input"]))
def test_texts_are_read_as_the_table_says(row: dict[str, Any]) -> None:
    spec = parse_in_working_folder(row["input"])

    held = held_fields(spec)
    expected: dict[str, Any] = {
        key: sorted(value) if isinstance(value, list) else str(value).replace("{cwd}", os.getcwd())
        for key, value in row["fields"].items()
    }
    assert (spec.version is None) is ("version" not in expected)
    if spec.version is not None:
        assert VersionSpec.parse(expected.pop("version")) == spec.version
        held.pop("version")
    assert held == expected


@needs_table
@pytest.mark.parametrize("row", ROWS.get("cases", ()), ids=lambda row: repr(row["input"]))
def test_texts_are_written_as_the_table_says(row: dict[str, Any]) -> None:
    spec = parse_in_working_folder(row["input"])

    assert str(spec) == row["canonical"].replace("{cwd}", os.getcwd())
    assert MatchSpec.parse(str(spec)) == spec


@needs_table
@pytest.mark.parametrize("row", ROWS.get("errors", ()), ids=lambda row: repr(row["input"]))
def test_texts_that_are_no_match_spec_are_refused_as_the_table_says(row: dict[str, Any]) -> None:
    with pytest.raises(InvalidMatchSpec) as caught:
        MatchSpec.parse(row["input"])

    assert caught.value.fields["text"] == row["input"]
    assert caught.value.hint
    assert caught.value.reason


@pytest.mark.parametrize(
    ("text", "reason", "position"),
    [
        ("numpy >=1..2", "it has an empty part", 10),
        ("numpy[version='>=1..2']", "it has an empty part", 6),
        ("num py>=1", "`>` cannot be part of a version", 6),
        ("nu$mpy", "`$` cannot be part of the name `nu$mpy`", 2),
        ("numpy[foo=bar]", "there is no key `foo`", 6),
        ("numpy[build=a][version=1]", "`[` stands in a wrong place", 5),
        ("numpy[build=a,build_string=b]", "the key `build` is given twice", 14),
        ("numpy[version>=1]", "`=` is missing between `version` and its value", 13),
        ("numpy[build=a=b]", "a value with = must be quoted", 13),
        ("numpy[build='a'b]", "there is text after a quoted value", 15),
        ("numpy[build=a,]", "a key is missing after `,`", 14),
        ("numpy[md5=[a]]", "the key `md5` takes no list", 6),
        ("numpy[flags=[]]", "a list is empty", 12),
        ("numpy 1.0 py=3", "there is more than a version and a build after the name", 12),
        ("numpy 1.0 =", "the build is missing", 10),
        ("foo 1.0 ; if python", "conditions are not written with `if`", 8),
        ("a b::numpy", "` ` cannot be part of a channel", 0),
        (".::numpy", "`.` is no channel", 0),
        ("..::numpy", "`..` is no channel", 0),
        ("a::b::c", "`::` occurs twice", 4),
        ("c:a b:numpy", "`a b` is no namespace", 2),
        ("c::num..py", "the name `num..py` has two separators in a row", 6),
        ("(optional)", "the name of the package is missing", 0),
        ("numpy 1@", "`@` cannot be part of a version", 7),
        ("numpy[=a]", "a key is missing", 6),
        ("numpy]", "`]` closes nothing", 5),
        ("x" * 65, "the name is longer than 64 characters", 64),
        (
            "numpy[when='a or b[when=c]']",
            "condition: match spec `b[when='c']` is not valid in a condition: a condition has a condition of its own",
            6,
        ),
        (
            "when[when='a b c d']",
            "condition: match spec `a b c d` is not valid: there is more than a version and a build after the name",
            5,
        ),
        (
            "numpy[when='a b c d']",
            "condition: match spec `a b c d` is not valid: there is more than a version and a build after the name",
            6,
        ),
        ("https://h.org/linux-64/a-1-0.conda#xyz", "the text after `#` is neither an MD5 nor a SHA-256", 34),
        (
            "^a:b$",
            "a regular expression for a name has no blanks, quotes, `#` and `:`, and its brackets are balanced",
            0,
        ),
        ("https:///c::numpy", "`https:///c` names no host", 0),
        ("https://conda.anaconda.org/a:b::numpy", "`:` cannot be part of a channel", 0),
        ("numpy 1==2", "`=` cannot be part of a version", 7),
        ("nu$m*", "`$` cannot be part of the name `nu$m*`", 2),
        ("\u00e9 1", "`\u00e9` cannot be part of the name `\u00e9`", 0),
        ("[build=a]", "the name of the package is missing", 0),
        ("num.tar.bz2 >=1", "the name `num.tar.bz2` ends as files do", 0),
        ("c::*.Conda=1", "the name `*.Conda` ends as files do", 3),
        ("~::numpy", "`~` is no channel", 0),
        (
            "numpy[build_number=" + "1" * 19 + "]",
            "a build number is one comparison with a number, as in `3` or `>=3`",
            6,
        ),
        ("numpy[build_number=a]", "a build number is one comparison with a number, as in `3` or `>=3`", 6),
        (
            "^a\\[$",
            "a regular expression for a name has no blanks, quotes, `#` and `:`, and its brackets are balanced",
            0,
        ),
        ("numpy if x", "conditions are not written with `if`", 5),
        ("https:///noarch/a-1-0.conda", "`https:///noarch/a-1-0.conda` names no host", 0),
        ("numpy 1.0 a(b", "`(` cannot be part of a build", 9),
        ("https://h.org/linux-64/linux-64::a", "the channel ends in two platforms", 0),
    ],
)
def test_an_error_says_what_is_wrong_and_where(text: str, reason: str, position: int) -> None:
    with pytest.raises(InvalidMatchSpec) as caught:
        MatchSpec.parse(text)

    assert (caught.value.reason, caught.value.position) == (reason, position)
    assert caught.value.message == f"match spec `{text}` is not valid: {reason}"


def test_an_empty_spec_is_called_empty() -> None:
    with pytest.raises(InvalidMatchSpec) as caught:
        MatchSpec.parse("")

    assert str(caught.value) == "a match spec is empty"


def test_an_old_condition_is_answered_with_the_new_spelling() -> None:
    for text in ("foo 1.0 ; if python >=3", "foo if python >=3 [build=a]"):
        with pytest.raises(InvalidMatchSpec) as caught:
            MatchSpec.parse(text)
        assert caught.value.hint == 'write `[when="python >=3"]`'


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("numpy (1.8|1.9) py_0", "numpy[version='1.8|1.9',build=py_0]"),
        ("numpy[build='a b']", "numpy[build='a b']"),
        ('numpy[build="it\'s"]', 'numpy[build="it\'s"]'),
        ('numpy[build="a\\"b\\\\c"]', "numpy[build='a\"b\\c']"),
        ("numpy 1.0 a-b", "numpy==1.0[build=a-b]"),
        ("numpy 1.0 a.b", "numpy==1.0=a.b"),
        ("numpy 2024X=b", "numpy==2024X=b"),
        ("NumPy 2024X b", "numpy==2024X=b"),
        ("numpy[license=X11] # c", "numpy[license=x11]"),
        ("numpy[subdir='*',channel='*',fn='*',build='*',build_number='*']", "numpy"),
        ("c :: numpy", "c::numpy"),
        ("numpy[channel='https://h.org/a::b']", "numpy[channel=https://h.org/a::b]"),
        ("numpy[channel='https://h.org/a;if']", "numpy[channel='https://h.org/a;if']"),
        ("https://h.org/c::numpy[version=1.conda]", "https://h.org/c::numpy[version='1.conda']"),
        ("https://h.org/c::numpy[version=1,build=b.tar.bz2]", "https://h.org/c::numpy==1[build=b.tar.bz2]"),
        ("numpy !=1.0 py_0", "numpy[version='!=1.0',build=py_0]"),
        ("conda-forge::numpy[subdir='linux-*']", "conda-forge::numpy[subdir=linux-*]"),
        ("conda-forge::numpy[subdir=odd-1]", "conda-forge::numpy[subdir=odd-1]"),
        ("numpy[subdir=osx-64,channel='c/linux-64']", "c/osx-64::numpy"),
        ("c::numpy[channel=d]", "d::numpy"),
        ("linux-64::numpy", "numpy[subdir=linux-64]"),
        ("HTTPS://U:P@Conda.Anaconda.org/conda-forge/::numpy", "conda-forge::numpy"),
        ("http://repo.anaconda.com/pkgs/main::numpy", "pkgs/main::numpy"),
        ("https://conda.anaconda.org/pkgs/main::numpy", "https://conda.anaconda.org/pkgs/main::numpy"),
        ("https://[::1]:8080/c::numpy", "https://[::1]:8080/c::numpy"),
        ("^py[0-9]$>=3", "^py[0-9]$[version='>=3']"),
        ("^py[0-9]$[build=a]", "^py[0-9]$[build=a]"),
        ("numpy ^1[.]0$", "numpy[version='^1[.]0$']"),
        ("numpy ^1$ ^b$", "numpy[version='^1$',build='^b$']"),
        ("^a$|^b$ ^1$", "^a$|^b$[version='^1$']"),
        ("^[nm]umpy$ 1.0 ^b'$ # c", '^[nm]umpy$==1.0[build="^b\'$"]'),
        ("numpy 1.0 ^py(27|3[0-9])$", "numpy==1.0[build='^py(27|3[0-9])$']"),
        ("numpy[version='>=1'] # it's 'quoted", "numpy[version='>=1']"),
        ("numpy[build='a#b']", "numpy[build='a#b']"),
        ("numpy[optional, target=x]", "numpy"),
        ("numpy >=1 (optional)", "numpy[version='>=1']"),
        ("numpy[build=a] (optional)", "numpy[build=a]"),
        ("numpy (1|2) (optional)", "numpy[version='1|2']"),
        ("numpy[license='GPL|MIT']", "numpy[license='gpl|mit']"),
        ("numpy[license='^GPL\\D$']", "numpy[license='^GPL\\D$']"),
        ("numpy[url='https://h.org/x.conda#abc',fn=x.conda]", "numpy[url=https://h.org/x.conda]"),
        ("numpy[url=https://h.org/x.conda,fn=y.conda]", "numpy[url=https://h.org/x.conda,fn=y.conda]"),
        *(
            (f"c/noarch::a==1=0[url={url}]", f"c/noarch::a==1=0[url={url}]")
            for url in ("https://evil.org/a-1-0.conda", "https://evil.org/noarch/a-1-0.conda")
        ),
        ("https://h.org/c/noarch/a-1%2B2-0.conda", "https://h.org/c/noarch::a==1+2=0"),
        (
            "https://h.org/c/noarch/A-1-0.conda",
            "https://h.org/c/noarch::a==1=0[url=https://h.org/c/noarch/A-1-0.conda]",
        ),
        (
            "https://h.org/c/NoArch/a-1-0.conda",
            "https://h.org/c/noarch::a==1=0[url=https://h.org/c/NoArch/a-1-0.conda]",
        ),
        (
            "https://h.org/c*/noarch/a-1-0.conda",
            "a==1=0[channel=https://h.org/c*,subdir=noarch,url=https://h.org/c*/noarch/a-1-0.conda]",
        ),
        (
            "https://h.org/c/noarch/a-b..c-0.conda",
            "https://h.org/c/noarch::*[url=https://h.org/c/noarch/a-b..c-0.conda]",
        ),
        ("https://h.org/x.conda # a comment", "*[url=https://h.org/x.conda]"),
        ("numpy (==1|2)", "numpy[version='1|2']"),
        ("numpy[version='((==1,<2)|3)']", "numpy[version='1,<2|3']"),
        ("numpy (==1|2),<3", "numpy[version='(==1|2),<3']"),
        (
            "https://conda.anaconda.org/a=b/linux-64/a-1-0.conda",
            "a==1=0[url='https://conda.anaconda.org/a=b/linux-64/a-1-0.conda']",
        ),
        ("https://h.org/a=b::numpy", "https://h.org/a=b::numpy"),
        ("numpy if", "numpy==if"),
        ('numpy[build="it\'s\\\\x"]', 'numpy[build="it\'s\\\\x"]'),
        ("numpy =1.8|1.9 b", "numpy[version='=1.8|1.9',build=b]"),
        ("numpy =1.8.* b", "numpy=1.8[build=b]"),
        ("numpy =1.8 b", "numpy==1.8=b"),
        ("numpy[build_number=" + "1" * 18 + "]", "numpy[build_number=" + "1" * 18 + "]"),
        ("numpy ==1.0 Zed[subdir=noarch]", "numpy==1.0=Zed[subdir=noarch]"),
        ("https://h.org/linux-64/a-1-0.conda", "https://h.org/linux-64::a==1=0"),
        ("numpy 1.0 if", "numpy==1.0=if"),
        ("numpy 10 b", "numpy==10=b"),
        ("numpy 1.0 a+b", "numpy==1.0=a+b"),
        ("numpy =a1 b", "numpy==a1=b"),
        ("numpy ==1,>=0", "numpy[version='1,>=0']"),
        (":numpy", "numpy"),
        ("c/linux-64/::numpy", "c/linux-64::numpy"),
        ("numpy[build='a\\']", "numpy[build='a\\']"),
        ("numpy 1.0 X", "numpy==1.0=X"),
        ("numpy[build=' b ']", "numpy[build=b]"),
        ("numpy[track_features='b,a']", "numpy[track_features='a b']"),
        ("numpy ( optional , target = x )", "numpy"),
        (
            "c/noarch::a==1=0[url=https://conda.anaconda.org/c/linux-64/a-1-0.conda]",
            "c/noarch::a==1=0[url=https://conda.anaconda.org/c/linux-64/a-1-0.conda]",
        ),
        (
            "c/noarch::a=1[build=0,url=https://conda.anaconda.org/c/noarch/a-1-0.conda]",
            "c/noarch::a=1[build=0,url=https://conda.anaconda.org/c/noarch/a-1-0.conda]",
        ),
        ("c/noarch::a==1=0[url=https://conda.anaconda.org/c/noarch/a-1-0.conda]", "c/noarch::a==1=0"),
    ],
)
def test_specs_are_written_in_canonical_form(text: str, canonical: str) -> None:
    spec = MatchSpec.parse(text)

    assert str(spec) == canonical
    assert str(MatchSpec.parse(canonical)) == canonical


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("NumPy", {"name": "numpy"}),
        ("numpy =1.8 b", {"name": "numpy", "version": "==1.8", "build": "b"}),
        ("numpy[md5=%s]", {"name": "numpy", "md5": MD5}),
        ("c/linux-64/::a", {"name": "a", "channel": "c", "subdir": "linux-64"}),
        ("MKL@", {"name": "*", "track_features": ["mkl"]}),
        ("a[features='y x',license_family=BSD]", {"name": "a", "features": ["x", "y"], "license_family": "bsd"}),
        (
            "a[extras=[b, a],flags=cuda,when=__unix]",
            {"name": "a", "extras": ["a", "b"], "flags": ["cuda"], "when": "__unix"},
        ),
        ("a[license=MIT,fn=x.conda]", {"name": "a", "license": "mit", "fn": "x.conda"}),
        (
            "c/linux-64::a[build_number='>=2']",
            {"name": "a", "channel": "c", "subdir": "linux-64", "build_number": ">=2"},
        ),
        ("a[url=https://h.org/x.conda]", {"name": "a", "url": "https://h.org/x.conda"}),
        ("https://h.org/x.conda#%s", {"name": "*", "url": "https://h.org/x.conda", "fn": "x.conda", "md5": MD5}),
        (
            f"https://h.org/x.conda#sha256:{SHA256}",
            {"name": "*", "url": "https://h.org/x.conda", "fn": "x.conda", "sha256": SHA256},
        ),
    ],
)
def test_texts_are_read(text: str, held: dict[str, object]) -> None:
    assert held_fields(MatchSpec.parse(text.replace("%s", MD5))) == held


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("numpy[md5=xyz]", "`md5` takes 32 hexadecimal digits"),
        ("numpy[sha256=xyz]", "`sha256` takes 64 hexadecimal digits"),
        ("numpy[version]", "the key `version` has no value"),
        ("numpy[version=]", "a value is missing"),
        ("numpy[version='']", "a value is missing"),
        ("numpy[extras=[a b]]", "`,` is missing between two items of a list"),
        ("numpy[extras=['A B']]", "`A B` cannot be one of the `extras`"),
        ("numpy[flags=['Bad Flag']]", "`Bad Flag` cannot be one of the `flags`"),
        ("num..py", "the name `num..py` has two separators in a row"),
        ("-numpy", "the name `-numpy` begins with a separator"),
        ("-" + "x" * 63, f"the name `-{'x' * 63}` begins with a separator"),
        ("numpy[version='1]", "' is never closed"),
        ("numpy (1=2)", "`)` cannot be part of a build"),
        ("numpy (target=)", "`)` cannot be part of a build"),
        ("numpy (x==1)", "`=` cannot be part of a version"),
        ("numpy[a[]", "`[` is never closed"),
    ],
)
def test_an_error_says_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(InvalidMatchSpec) as caught:
        MatchSpec.parse(text)

    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (".::numpy", "write `./`"),
        ("numpy[version>=1]", "write `version='>…'`"),
        ("numpy[version]", "write `version='…'`"),
        ("numpy[build=a=b]", "write `key='value'`"),
        ("a::b::c", "write `channel::name`"),
        ("c:a b:numpy", "write `channel::name`"),
        ("[build=a]", "write `*` for any name"),
        ("a.conda >=1", "write the path or URL of a package alone"),
        ("numpy 1 2 3", "join conditions on the version with `,` or `|`"),
        ("numpy 'x'", "one section `[key=value]` may stand at the end"),
        ("num..py", "names are made of `a-z 0-9 . _ -` and begin with a letter, a digit or `_`"),
        ("https://h.org/a.conda#x", "write `#` and 32 or 64 hexadecimal digits, or `#sha256:` and 64"),
        ("numpy[md5=x]", "match specs look like `numpy`, `numpy>=1.26,<3`, `numpy=2.1=py312*` or `conda-forge::numpy`"),
        ("numpy >=1,", "`,` and `|` stand between two conditions"),
        ("numpy[when='a[when=b]']", "join conditions with `and`"),
    ],
)
def test_an_error_says_what_would_be_right(text: str, hint: str) -> None:
    with pytest.raises(InvalidMatchSpec) as caught:
        MatchSpec.parse(text)

    assert caught.value.hint == hint


def test_what_is_ignored_is_said() -> None:
    assert MatchSpec.parse("numpy[name=scipy]").warnings == ("the key `name` is ignored",)
    assert MatchSpec.parse("numpy[namespace=global]").warnings == ("the key `namespace` is ignored",)
    assert MatchSpec.parse("numpy (target=blah)").warnings == ("`(target=blah)` is ignored",)
    assert MatchSpec.parse(f"numpy[version=1 build=a, md5={MD5}]").warnings == (
        "`,` is missing after the key `version`",
    )
    assert MatchSpec.parse("numpy").warnings == ()


def test_a_path_depends_on_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("a-1-0.conda", "a-1-0.tar.bz2")
    before = MatchSpec.parse("./a-1-0.conda").url
    relative = ("./chan::numpy", ".\\chan::numpy", ".\\chan\\noarch::numpy")
    assert {MatchSpec.parse(text).channel for text in relative} == {f"file://{os.getcwd()}/chan"}
    assert MatchSpec.parse(relative[-1]).subdir == "noarch"
    assert all(MatchSpec.parse(name).url == f"file://{os.getcwd()}/{name}" for name in names)
    monkeypatch.chdir(tmp_path)

    assert MatchSpec.parse("./a-1-0.conda").url == f"file://{tmp_path}/a-1-0.conda"
    assert before != MatchSpec.parse("./a-1-0.conda").url
    assert {MatchSpec.parse(text).channel for text in relative} == {f"file://{tmp_path}/chan"}
    assert [MatchSpec.parse(name).url for name in names] == [f"file://{tmp_path}/{name}" for name in names]


def test_variables_in_the_path_of_a_package_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDA_TEST_FOLDER", "/srv/x")

    assert MatchSpec.parse("$CONDA_TEST_FOLDER/a-1-0.conda").url == "file:///srv/x/a-1-0.conda"


def test_credentials_are_kept_apart_and_never_shown() -> None:
    spec = MatchSpec.parse("https://user:pass@h.org/t/tok-1/c/noarch/a-1-0.conda")

    assert spec.secret_url == Secret("https://user:pass@h.org/t/tok-1/c/noarch/a-1-0.conda")
    assert spec.url == "https://h.org/c/noarch/a-1-0.conda"
    assert not any(word in f"{spec!r} {spec.fields!r}" for word in ("user", "pass", "tok-1"))


@pytest.mark.parametrize(
    "text",
    [
        "https://user:pass@h.org/c/noarch/a-1-0.conda#zz",
        "https://user:pass@h.org/c::a/b",
        "a[url=https://user:pass@h.org/c.conda,foo=1]",
        "https://h.org/t/pass/c::a/b",
    ],
)
def test_an_error_shows_no_credentials(text: str) -> None:
    with pytest.raises(InvalidMatchSpec) as caught:
        MatchSpec.parse(text)

    error = caught.value
    assert "pass" not in f"{error} {error.hint} {error.fields} {error.args}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("https://u:hunter2@h.org/c:numpy", "`<hidden>` is no namespace"),
        ("https://u:hunter2@h.org/c::a/b", "`/` cannot be part of the name `a/b`"),
        ("https://h.org/c:numpy", "`//h.org/c` is no namespace"),
    ],
)
def test_a_reason_hides_a_piece_of_a_secret_and_nothing_else(text: str, reason: str) -> None:
    with pytest.raises(InvalidMatchSpec) as caught:
        MatchSpec.parse(text)

    assert caught.value.reason == reason
    assert "hunter2" not in f"{caught.value} {caught.value.fields}"


def test_a_url_in_brackets_keeps_its_credentials_apart() -> None:
    spec = MatchSpec.parse("a[url=https://user:pass@h.org/x.conda]")

    assert spec.secret_url == Secret("https://user:pass@h.org/x.conda")
    assert str(spec) == "a[url=https://h.org/x.conda]"
    assert MatchSpec.parse(str(spec)).secret_url is None


def test_a_url_without_credentials_is_no_secret() -> None:
    assert MatchSpec.parse("https://h.org/c/noarch/a-1-0.conda").secret_url is None
    assert read_package_reference("https://h.org/x.conda").subdir == ""


def test_an_unknown_key_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InvalidMatchSpec) as caught:
        MatchSpec.parse("numpy[foo=bar]")

    assert "keys are `version`, `build`, `build_number`" in caught.value.hint


def test_equal_texts_give_one_object() -> None:
    assert MatchSpec.parse("numpy >=1.26,<3") is MatchSpec.parse("numpy >=1.26,<3")


def test_specs_are_equal_when_their_canonical_texts_are() -> None:
    assert MatchSpec.parse("numpy 1.0 py_0") == MatchSpec.parse("numpy==1.0=py_0")
    assert hash(MatchSpec.parse("numpy 1.0 py_0")) == hash(MatchSpec.parse("numpy==1.0=py_0"))
    assert MatchSpec.parse("numpy") != MatchSpec.parse("scipy")
    assert MatchSpec.parse("numpy") != "numpy"


def test_a_spec_cannot_be_changed_and_survives_pickling() -> None:
    spec = MatchSpec.parse("conda-forge::numpy>=1[build='py*']")

    with pytest.raises(AttributeError, match="a MatchSpec cannot be changed: name"):
        spec.name = "scipy"
    with pytest.raises(AttributeError, match="name"):
        del spec.name
    assert pickle.loads(pickle.dumps(spec)) == spec  # noqa: S301 - it was pickled here
    assert MatchSpec.from_fields(spec.fields) == spec
    assert repr(spec) == "MatchSpec(\"conda-forge::numpy[version='>=1',build=py*]\")"


def test_errors_carry_their_facts() -> None:
    error = CondaError("a thing is wrong", hint="mend it", place="here")

    assert (str(error), error.message, error.hint, error.fields) == (
        "a thing is wrong",
        "a thing is wrong",
        "mend it",
        {"place": "here"},
    )
    assert error.exit_status == 1
    assert ParseError("a thing is wrong").reason == "a thing is wrong"
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - it was pickled here
    assert (str(again), again.hint, again.fields) == (str(error), error.hint, error.fields)


@pytest.mark.parametrize(
    "text",
    [
        "a " + "1 " * 50_000,
        "a " + ">=1 , " * 50_000 + "2",
        "a[" * 50_000,
        "a" + "[]" * 50_000,
        "a[build=" + "'" * 50_001,
        "a" + "(" * 50_000 + ")",
        "a(" + "b=c," * 50_000 + ")x)",
        "a" + ":" * 50_000,
        "^" * 50_000,
        "^a" + "$x" * 50_000,
        "a" + " " * 50_000 + "if",
        "a" + ";" * 50_000,
        "a#" * 50_000,
        "a[when='" + "(" * 50_000 + "']",
        "a[when='" + "b or " * 5_000 + "c']",
        "a-" * 50_000,
        "a[" + "build=b,c=" * 20_000 + "]",
        "a/" * 50_000 + "::b",
        "https://h.org/" + "a-" * 50_000 + ".conda",
        "c::a[channel='" + "*a" * 20_000 + "']",
    ],
)
def test_no_text_takes_long(text: str) -> None:
    start = time.process_time()

    try:
        str(MatchSpec.parse(text))
    except InvalidMatchSpec:
        pass

    assert time.process_time() - start < 5


def test_reading_specs_imports_nothing_slow() -> None:
    program = (
        "import sys; before = set(sys.modules); import conda_kernel.model.match_spec_merging;"
        "print(*sorted((set(sys.modules) - before) & {'dataclasses', 'pathlib', 'inspect', 'urllib.parse', 'json'}))"
    )

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == ""


@given(names, pairs)
def test_a_spec_is_read_back_from_its_text(name: str, keys: dict[str, str]) -> None:
    spec = MatchSpec.parse(spec_text(name, keys))

    again = MatchSpec.parse(str(spec))
    assert again == spec
    assert str(again) == str(spec)
    for field in (
        "name",
        "version",
        "build",
        "build_number",
        "channel",
        "subdir",
        "md5",
        "when",
        "flags",
        "license",
        "features",
    ):
        assert getattr(again, field) == getattr(spec, field)


@given(
    names,
    st.sampled_from(("", " ", "=", " =", "==", " ==", ">=")),
    versions,
    st.sampled_from(("", " py_0", "=py*", " *")),
)
def test_words_are_read_back_from_their_canonical_text(name: str, joint: str, version: str, build: str) -> None:
    try:
        spec = MatchSpec.parse(f"{name}{joint}{version}{build}")
    except InvalidMatchSpec:
        return
    assert MatchSpec.parse(str(spec)) == spec
    assert MatchSpec.parse(f"  {name}{joint}{version}{build}  ") == spec


@given(
    st.builds(
        "{}{}{}{}{}".format,
        st.sampled_from(("numpy", "_x", "__cuda", "a-b.c_", "NumPy", "a--b", "if", "7z", "x" * 64, "x" * 65)),
        st.sampled_from((" ", " ", " ", "  ", "")),
        st.sampled_from(
            [
                *("1.0", "if", ">=1", ">=1,<2", "==1|2", "1.*", "*", "=1", "1.0=b", "(1)", "", ">=1\n", "1+a"),
                *("==1", "=1.*", "<2,!=1.0", "1*", "=1,<2", "!=1.*", "~=1", "="),
            ]
        ),
        st.sampled_from((" ", " ", "", "  ", "=")),
        st.sampled_from(("py_0", "if", "*", "py*", "a=b", "^p$", "a b", "", "0\n", "a;", "P+y.0")),
    )
)
def test_plain_specs_are_read_as_the_full_grammar_reads_them(text: str) -> None:
    plain = read_plain(text)

    if plain is not None:
        assert read_match_spec(text) == MatchSpecFields(*plain)
        assert MatchSpec.parse(text).fields == MatchSpecFields(*plain)
        assert MatchSpec.parse(text) == MatchSpec.from_fields(read_match_spec(text))
        assert str(MatchSpec.parse(text).version) == str(read_match_spec(text).version)


@pytest.mark.parametrize(
    "text",
    [
        "numpy",
        "lib-x_y.z 1.0",
        "numpy >=1.26,<3",
        "numpy 1.0 py_0",
        "numpy 1.* py*",
        "numpy *",
        "numpy * *_0",
        "numpy=1.26",
        "numpy>=1.26,<3",
        "numpy==1.26=py_0",
        "numpy=1.26=py_0",
        "numpy =1.26 py_0",
        "numpy ==1.26=*_0",
        "numpy >=1.26,!=1.27",
        "numpy 1.26*",
        "lib-x_y.z<2",
        "x" * 64,
        "x" * 62 + "-y",
    ],
)
def test_what_dependencies_say_most_is_plain(text: str) -> None:
    plain = read_plain(text)

    assert plain is not None
    assert MatchSpecFields(*plain) == read_match_spec(text)


@given(st.text(max_size=20) | st.text(alphabet="ab1.*,|()=<>!~^$ '\"[]{}:/#@-_\\;", max_size=14))
def test_any_text_is_a_spec_or_a_named_error(text: str) -> None:
    position = 0
    try:
        spec = MatchSpec.parse(text)
    except InvalidMatchSpec as error:
        position = error.position
    else:
        assert MatchSpec.parse(str(spec)) == spec
        assert str(MatchSpec.parse(str(spec))) == str(spec)
    assert 0 <= position <= len(text)


@given(st.text(max_size=10) | st.text(alphabet="ab1.*,|()=<>!~^$ '\"[]{}:/#@-_\\;", max_size=14), pairs)
def test_any_brackets_are_read_or_refused(text: str, keys: dict[str, str]) -> None:
    whole = spec_text("a", keys)
    for broken in (whole[: len(text)], f"a[{text}]", whole.replace("=", text), f"{text}{whole}", f"{whole}{text}"):
        try:
            spec = MatchSpec.parse(broken)
        except InvalidMatchSpec:
            continue
        assert MatchSpec.parse(str(spec)) == spec
