"""How long a cached index counts as new, and where it lies: the tables of the specification."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conda_channels.cache import cache_key
from conda_channels.freshness import LOCAL_REPODATA_TTL, is_fresh, max_age
from conda_kernel.errors import SettingError
from conda_testing.kernels import make_kernel


@pytest.fixture(name="cases", scope="module")
def _cases(shared: Path) -> Any:
    return json.loads((shared / "spec" / "cases" / "repodata_cache.json").read_text(encoding="utf-8"))


def test_the_age_that_a_header_allows_is_that_of_the_table(cases: Any) -> None:
    found = {case["header"]: max_age(case["header"]) for case in cases["max_age"]}

    assert found == {case["header"]: case["seconds"] for case in cases["max_age"]}


def test_what_is_stale_is_what_the_table_says(cases: Any) -> None:
    wrong = [
        case
        for case in cases["staleness"]
        if is_fresh(case["age_s"], case["cache_control"], case["local_repodata_ttl"]) == case["stale"]
    ]

    assert wrong == []


def test_each_subdir_and_each_login_has_a_folder_of_its_own(cases: Any) -> None:
    urls = sorted({case["url"].rstrip("/") for case in cases["cache_files"]})
    logins = [(url, url.replace("://", f"://{login}@")) for url in urls for login in ("jane:secret", "joe:secret")]
    pairs = [*((url, url) for url in urls), *logins]

    assert len({cache_key(*pair) for pair in pairs}) == len(pairs)
    assert [cache_key(f"{url}/", f"{url}/") for url in urls] == [cache_key(url, url) for url in urls]


@pytest.mark.parametrize(
    ("header", "seconds"), [("max-age=30", 30), ('max-age="30"', 30), ("s-maxage=5", 0), ("", 0), ("max-age=-1", 0)]
)
def test_the_age_that_a_header_allows(header: str, seconds: int) -> None:
    assert max_age(header) == seconds


def test_an_index_from_the_future_is_not_new() -> None:
    assert not is_fresh(-1, "max-age=600", 3600)


@pytest.mark.parametrize(
    ("value", "seconds"), [(True, 1), (False, 0), ("true", 1), ("false", 0), (0, 0), ("3600", 3600), (60, 60)]
)
def test_the_setting_is_a_truth_value_or_seconds(tmp_path: Path, value: object, seconds: int) -> None:
    assert make_kernel(tmp_path, settings={"local_repodata_ttl": value}).context[LOCAL_REPODATA_TTL] == seconds


def test_a_setting_that_is_neither_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="local_repodata_ttl"):
        _ = make_kernel(tmp_path, settings={"local_repodata_ttl": "often"}).context[LOCAL_REPODATA_TTL]
