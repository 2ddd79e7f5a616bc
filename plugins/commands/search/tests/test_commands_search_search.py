"""`conda search` finds what channels have, by the real executable, in real channels."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from conda_commands_search.dependents import Dependents
from conda_commands_search.found import TOGETHER, Found
from conda_commands_search.opening import ChannelPackages
from conda_kernel.model.match_spec import MatchSpec
from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.memory_index import MemoryIndex
from conda_testing.server import ChannelServer, RequireToken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from conda_testing.executable import Ended
    from conda_testing.fork_server import ForkServer

PLATFORM = ("--subdir", "linux-64")


@pytest.fixture
def channel(tmp_path: Path) -> ChannelBuilder:
    """A channel with two names that are alike, several versions, and another platform."""
    made = ChannelBuilder(os.fspath(tmp_path / "main"))
    made.add_record("numpy", "1.9", "py_0", depends=["python"], license="BSD-3-Clause", timestamp=1600000000000)
    made.add_record("numpy", "1.10", "py_0", depends=["python >=3"])
    made.add_record("numpy", "1.10", "py_1", depends=["python >=3", "blas"])
    made.add_record("numpy-base", "1.10", "py_0", depends=["numpy 1.9.*"])
    made.add_record("pandas", "2.0", "py_0", depends=["numpy >=1.10"])
    made.add_record("python", "3.12")
    made.add_record("blas", "1.0", noarch="generic")
    made.add_record("only-mac", "1.0", subdir="osx-arm64")
    made.write()
    return made


@pytest.fixture
def sharded(channel: ChannelBuilder) -> ChannelBuilder:
    channel.write_shards()
    return channel


@pytest.fixture
def served(channel: ChannelBuilder) -> Iterator[str]:
    with ChannelServer(channel.folder) as server:
        yield server.url


class Searching:
    """`conda search` in one channel."""

    def __init__(self, home: Path, url: str, server: ForkServer | None) -> None:
        self.url = url
        self.conda = Conda(home, environ={"CONDA_CHANNELS": url}, server=server)

    def run(self, *words: str) -> Ended:
        return self.conda("search", *PLATFORM, *words)

    def found(self, *words: str) -> list[str]:
        """Return name, version and build of what `--json` tells, in its order."""
        ended = self.run("--json", *words)
        document = ended.json()
        assert ended.status == 0, document
        assert isinstance(document, dict)
        return [
            f"{record['name']} {record['version']} {record['build']}"
            for name, records in document.items()
            for record in records
            if record["name"] == name
        ]

    def error(self, *words: str) -> dict[str, object]:
        ended = self.run("--json", *words)
        document = ended.json()
        assert isinstance(document, dict)
        assert ended.status == document["return_code"] != 0
        return document


@pytest.fixture(params=["file", "http", "shards in files", "shards over http"])
def searching(
    request: pytest.FixtureRequest, tmp_path: Path, channel: ChannelBuilder, fork_server: ForkServer | None
) -> Searching:
    if "shards" in request.param:
        channel.write_shards()
    url = request.getfixturevalue("served") if "http" in request.param else channel.url
    return Searching(tmp_path / "home", url, fork_server)


TABLE = """\
# Name                       Version           Build  Channel
numpy                            1.9            py_0  {url}
numpy                           1.10            py_0  {url}
numpy                           1.10            py_1  {url}
"""


def test_the_table_is_sorted_by_version_and_build(searching: Searching) -> None:
    ended = searching.run("numpy")

    assert (ended.status, ended.stdout, ended.stderr) == (0, TABLE.format(url=searching.url), "")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["numpy"], ["numpy 1.9 py_0", "numpy 1.10 py_0", "numpy 1.10 py_1"]),
        (["NumPy"], ["numpy 1.9 py_0", "numpy 1.10 py_0", "numpy 1.10 py_1"]),
        (["numpy=1.9"], ["numpy 1.9 py_0"]),
        (["numpy>=1.10"], ["numpy 1.10 py_0", "numpy 1.10 py_1"]),
        (["numpy 1.10 py_1"], ["numpy 1.10 py_1"]),
        (["numpy[license=BSD*]"], ["numpy 1.9 py_0"]),
        (["*base"], ["numpy-base 1.10 py_0"]),
        (["^p.*$"], ["pandas 2.0 py_0", "python 3.12 0"]),
        (["umpy"], ["numpy 1.9 py_0", "numpy 1.10 py_0", "numpy 1.10 py_1", "numpy-base 1.10 py_0"]),
        (["*[build_number=1]"], ["numpy 1.10 py_1"]),
        (["only-mac[subdir=osx-arm64]"], ["only-mac 1.0 0"]),
        (["only-mac[subdir='osx-*']"], ["only-mac 1.0 0"]),
    ],
)
def test_a_spec_selects(searching: Searching, words: list[str], found: list[str]) -> None:
    assert searching.found(*words) == found


def test_without_a_spec_everything_of_the_platform_is_found(searching: Searching) -> None:
    names = [text.partition(" ")[0] for text in searching.found()]

    assert list(dict.fromkeys(names)) == ["blas", "numpy", "numpy-base", "pandas", "python"]


def test_what_depends_on_a_package_is_found(searching: Searching) -> None:
    assert searching.found("--reverse-dependency", "numpy") == ["numpy-base 1.10 py_0", "pandas 2.0 py_0"]
    assert searching.found("--whoneeds", "numpy=1.9") == ["numpy-base 1.10 py_0"]


def test_json_has_records_in_full(searching: Searching) -> None:
    document = searching.run("--json", "numpy=1.9").json()

    assert isinstance(document, dict)
    (record,) = document["numpy"]
    assert record["fn"] == "numpy-1.9-py_0.conda"
    assert record["url"] == f"{searching.url}/linux-64/numpy-1.9-py_0.conda"
    assert record["channel"] == searching.url
    assert record["depends"] == ["python"]
    assert record["license"] == "BSD-3-Clause"


def test_info_tells_all(searching: Searching) -> None:
    ended = searching.run("--info", "numpy=1.9")

    assert ended.status == 0
    lines = ended.stdout.splitlines()
    assert lines[:2] == ["numpy 1.9 py_0", "--------------"]
    told = {key.strip(): value for key, _, value in (line.partition(" : ") for line in lines[2:])}
    assert told["url"] == f"{searching.url}/linux-64/numpy-1.9-py_0.conda"
    assert told["timestamp"] == "2020-09-13 12:26:40 UTC"
    assert told["constraints"] == "[]"
    assert told["dependencies"] == "python"
    assert ended.stdout.endswith("\n\n\n")


def test_a_name_that_is_a_part_of_others_is_said_to_be_looked_for_so(searching: Searching) -> None:
    ended = searching.run("umpy")

    assert ended.status == 0
    assert "nothing matches `umpy`; searching for `*umpy*`" in ended.stderr


def test_what_is_not_there_is_an_error_with_what_is_like_it(searching: Searching) -> None:
    error = searching.error("nunpy")

    assert error["exception_name"] == "PackagesNotFoundError"
    assert error["near"] == {"nunpy": ["numpy"]}
    assert error["channel_urls"] == [searching.url]


def test_flexible_search_can_be_skipped(searching: Searching) -> None:
    assert searching.error("--skip-flexible-search", "umpy")["near"] == {"umpy": ["numpy"]}


def test_versions_that_there_are_stand_in_the_error(searching: Searching) -> None:
    assert "there is numpy in the versions 1.10, 1.9" in str(searching.error("numpy=7")["message"])


def test_an_unknown_option_or_spec_is_an_error(searching: Searching) -> None:
    assert searching.run("--no-such-option").status == 2
    assert searching.error("numpy[version=")["exception_name"] == "InvalidMatchSpec"
    assert searching.run("--whoneeds", "*").status == 2


def paths(server: ChannelServer) -> list[str]:
    return [request.path.rpartition("/")[2] for request in server.requests]


def test_of_a_sharded_channel_no_more_is_read_than_what_matches(
    sharded: ChannelBuilder, tmp_path: Path, fork_server: ForkServer | None
) -> None:
    with ChannelServer(sharded.folder) as server:
        searching = Searching(tmp_path / "home", server.url, fork_server)

        assert len(searching.found("pandas")) == 1
        asked = [path for path in paths(server) if path.endswith(".msgpack.zst")]
        assert len(asked) == 3
        assert asked.count("repodata_shards.msgpack.zst") == 2

        assert len(searching.found("numpy*")) == 4
        assert len([path for path in paths(server) if path.endswith(".msgpack.zst") and "repodata" not in path]) == 3


@pytest.mark.parametrize("words", [(), ("--whoneeds", "numpy")])
def test_what_needs_all_of_a_sharded_channel_reads_it_as_a_whole(
    sharded: ChannelBuilder, tmp_path: Path, fork_server: ForkServer | None, words: tuple[str, ...]
) -> None:
    with ChannelServer(sharded.folder) as server:
        Searching(tmp_path / "home", server.url, fork_server).found(*words)
        assert "repodata_shards.msgpack.zst" not in paths(server)


@pytest.mark.parametrize("words", [(), ("--whoneeds", "numpy"), ("--repodata-use-shards",)])
def test_a_channel_that_has_nothing_but_shards_is_searched_all_the_same(
    sharded: ChannelBuilder, tmp_path: Path, fork_server: ForkServer | None, words: tuple[str, ...]
) -> None:
    whole = Searching(tmp_path / "home", sharded.url, fork_server).found(*words)
    for file in tmp_path.glob("main/*/repodata.json*"):
        file.unlink()

    assert Searching(tmp_path / "home", sharded.url, fork_server).found(*words) == whole


def test_a_channel_in_the_spec_is_searched_whatever_is_configured(
    channel: ChannelBuilder, tmp_path: Path, fork_server: ForkServer | None
) -> None:
    other = ChannelBuilder(os.fspath(tmp_path / "other"))
    other.add_record("numpy", "3.0", "0")
    other.write()
    searching = Searching(tmp_path / "home", channel.url, fork_server)

    assert searching.found(f"{other.url}::numpy") == ["numpy 3.0 0"]
    assert searching.found("-c", other.url, "--override-channels", "numpy") == ["numpy 3.0 0"]
    assert searching.found("-c", other.url, "*main::numpy=1.9") == ["numpy 1.9 py_0"]
    assert searching.run("--override-channels", "numpy").status == 2


@pytest.mark.parametrize("priority", ["strict", "flexible", "disabled"])
def test_channel_priority_hides_nothing(
    channel: ChannelBuilder, tmp_path: Path, fork_server: ForkServer | None, priority: str
) -> None:
    first = ChannelBuilder(os.fspath(tmp_path / "first"))
    first.add_record("numpy", "0.1", "0")
    first.add_record("late", "1.0", depends=["numpy"])
    first.write()
    searching = Searching(tmp_path / "home", channel.url, fork_server)
    searching.conda.environ["CONDA_CHANNEL_PRIORITY"] = priority

    assert len(searching.found("-c", first.url, "numpy")) == 4
    assert "late 1.0 0" in searching.found("-c", first.url, "--whoneeds", "numpy")


def test_what_a_policy_keeps_out_is_counted(
    channel: ChannelBuilder, tmp_path: Path, fork_server: ForkServer | None
) -> None:
    searching = Searching(tmp_path / "home", channel.url, fork_server)
    searching.conda.environ["CONDA_EXCLUDE_NEWER"] = "2021-01-01"

    some, none = searching.run("numpy"), searching.error("pandas")

    assert "1.9" in some.stdout
    assert "1.10" not in some.stdout
    assert "warning: not all that match are shown; 2 of these: " in some.stderr
    assert "nothing that the channels have of `pandas` can be shown" in str(none["message"])


def test_what_cannot_be_read_is_counted(tmp_path: Path, fork_server: ForkServer | None) -> None:
    channel = ChannelBuilder(os.fspath(tmp_path / "main"))
    channel.add_record("good", "1.0")
    channel.add_record("good", "1.1", depends=["a[[["])
    channel.write()
    ended = Searching(tmp_path / "home", channel.url, fork_server).run("good")

    assert ended.status == 0
    assert "1.1" not in ended.stdout
    assert "warning: " in ended.stderr


def test_offline_what_is_cached_is_searched(
    channel: ChannelBuilder, tmp_path: Path, fork_server: ForkServer | None
) -> None:
    with ChannelServer(channel.folder) as server:
        searching = Searching(tmp_path / "home", server.url, fork_server)
        assert searching.error("--offline", "numpy")["exception_name"] == "OfflineError"
        online = searching.found("numpy")
        asked = len(server.requests)

        assert searching.found("--offline", "numpy") == online
        assert searching.found("--use-index-cache", "numpy") == online
        assert len(server.requests) == asked


def test_a_channel_that_is_not_there_is_an_error(tmp_path: Path, fork_server: ForkServer | None) -> None:
    nowhere = (tmp_path / "nowhere").as_uri()

    assert (
        Searching(tmp_path / "home", nowhere, fork_server).error("a")["exception_name"] == "UnavailableInvalidChannel"
    )


def test_credentials_are_shown_nowhere(channel: ChannelBuilder, tmp_path: Path, fork_server: ForkServer | None) -> None:
    with ChannelServer(channel.folder) as server:
        host = server.url.partition("://")[2]
        urls = (f"http://canary:s3cret@{host}", f"http://{host}/t/tk-s3cret-1")
        server.rules["/t/tk-s3cret-1"] = RequireToken("tk-s3cret-1")
        for url in urls:
            searching = Searching(tmp_path / "home", url, fork_server)
            for words in (("numpy",), ("numpy", "--json"), ("numpy", "--info"), ("nunpy", "-v"), (f"{url}::nunpy",)):
                ended = searching.run(*words)
                assert "s3cret" not in ended.stdout + ended.stderr


class Installed:
    """A home with environments."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"

    def add(self, environment: str, name: str, version: str, number: int = 0) -> Path:
        prefix = self.home / ".conda" / "envs" / environment
        (prefix / "conda-meta").mkdir(parents=True, exist_ok=True)
        (prefix / "conda-meta" / "history").touch()
        record = {"name": name, "version": version, "build": f"x_{number}", "build_number": number, "depends": []}
        record["channel"] = "https://conda.anaconda.org/conda-forge"
        (prefix / "conda-meta" / f"{name}-{version}-x_{number}.json").write_text(json.dumps(record))
        return prefix


def test_environments_are_searched(channel: ChannelBuilder, tmp_path: Path, fork_server: ForkServer | None) -> None:
    installed = Installed(tmp_path)
    first = installed.add("first", "numpy", "1.9")
    installed.add("first", "pandas", "2.0")
    second = installed.add("second", "numpy", "2.0")
    searching = Searching(installed.home, channel.url, fork_server)

    document = searching.run("--envs", "--json", "numpy").json()
    assert isinstance(document, list)
    assert [(each["location"], each["package_records"][0]["version"]) for each in document] == [
        (os.fspath(first), "1.9"),
        (os.fspath(second), "2.0"),
    ]
    table = searching.run("--envs", "numpy>=2").stdout.splitlines()
    assert [line.split() for line in table] == [
        ["#", "Location", "Name", "Version", "Build", "Channel"],
        [os.fspath(second), "numpy", "2.0", "x_0", "conda-forge"],
    ]
    assert searching.error("--envs", "scipy")["exception_name"] == "PackagesNotFoundError"


def test_an_environment_that_cannot_be_read_is_named_and_left_out(
    channel: ChannelBuilder, tmp_path: Path, fork_server: ForkServer | None
) -> None:
    installed = Installed(tmp_path)
    broken = installed.add("broken", "numpy", "1.9")
    (broken / "conda-meta" / "numpy-1.9-x_0.json").write_text("{")
    installed.add("good", "numpy", "1.9")

    ended = Searching(installed.home, channel.url, fork_server).run("--envs", "numpy")

    assert ended.status == 0
    assert f"`{broken}` is left out" in ended.stderr
    assert len(ended.stdout.splitlines()) == 2


def test_outdated_packages_are_those_with_newer_builds(
    searching: Searching, tmp_path: Path, fork_server: ForkServer | None
) -> None:
    installed = Installed(tmp_path)
    installed.add("work", "numpy", "1.10", 0)
    installed.add("work", "pandas", "2.0", 0)
    installed.add("work", "python", "3.11", 7)
    installed.add("work", "unknown", "1.0")

    table = [line.split() for line in searching.run("-n", "work", "--outdated").stdout.splitlines()]

    assert table == [
        ["#", "Name", "Installed", "Latest", "Build", "Channel"],
        ["numpy", "1.10", "1.10", "py_1", searching.url],
        ["python", "3.11", "3.12", "0", searching.url],
    ]
    assert searching.found("-n", "work", "--outdated", "numpy") == ["numpy 1.10 py_1"]
    assert searching.run("-n", "work", "--outdated", "pandas").stdout == "everything is up to date\n"
    assert searching.error("-n", "work", "--outdated", "scipy")["exception_name"] == "PackagesNotFoundError"
    assert searching.error("-n", "absent", "--outdated")["exception_name"] == "EnvironmentLocationNotFound"


def test_a_large_channel_is_gone_through_a_few_names_at_a_time(tmp_path: Path, fork_server: ForkServer | None) -> None:
    channel = ChannelBuilder(os.fspath(tmp_path / "many"))
    for number in range(2 * TOGETHER + 10):
        for version in ("1.10", "1.9"):
            channel.add_record(f"p{number:04}", version)
    channel.add_record("broken", "1!!x")
    channel.add_record("p0300", "2", depends=["not ==== a spec"])
    searching = Searching(tmp_path / "home", channel.write(), fork_server)

    names = [f"p{number:04}" for number in range(2 * TOGETHER + 10)]
    expected = [f"{name} {version} 0" for name in names for version in ("1.9", "1.10")]
    assert searching.found() == expected
    assert searching.found("p*") == expected
    assert searching.found("*09") == [line for line in expected if line[3:5] == "09"]
    ended = searching.run()
    assert [" ".join(line.split()[:3]) for line in ended.stdout.splitlines()[1:]] == expected
    assert ended.stderr.count("not all that match are shown; 1 of these: unreadable metadata") == 2
    assert searching.run("--info", "p05*").stdout.count("file name") == 2 * len(names[500:])
    assert searching.error("*[version=7]")["exception_name"]


def test_no_more_is_in_memory_than_what_is_shown() -> None:
    index = Watched({"name": f"p{number:04}", "depends": [f"d{number}"]} for number in range(5 * TOGETHER))
    found = Found(index, MatchSpec.parse("*"), index.names())
    assert not found.is_empty()
    for name, records in found:
        assert [record.name for record in records] == [name]
        assert len(index.remembered()) <= TOGETHER
    assert len(index.brought) == 5 + 1


def test_no_more_dependents_are_in_memory_than_what_is_shown() -> None:
    count = 5 * TOGETHER
    records: list[dict[str, object]] = [{"name": "a", "version": version} for version in ("1", "2")]
    records += [{"name": f"p{number:04}", "depends": [f"a =={1 + number % 2}"]} for number in range(count)]
    index = Watched(records)
    found = Dependents(MatchSpec.parse("a=2"), Given(index))
    for _ in range(2):
        names = []
        for name, _ in found:
            names.append(name)
            assert len(index.remembered()) <= TOGETHER + 1
        assert names == [f"p{number:04}" for number in range(1, count, 2)]


def test_what_is_before_the_first_package_is_gone_through_once() -> None:
    index = Watched({"name": f"p{number:04}", "version": str(number)} for number in range(5 * TOGETHER))
    found = Found(index, MatchSpec.parse(f"*[version={3 * TOGETHER}]"), index.names())
    assert not found.is_empty()
    del index.brought[:]
    assert [name for name, _ in found] == [f"p{3 * TOGETHER:04}"]
    assert index.brought[0][0] == f"p{3 * TOGETHER:04}"


class Given(ChannelPackages):
    """The packages of an index that is there."""

    def __init__(self, index: MemoryIndex) -> None:
        self.index = index


class Watched(MemoryIndex):
    """An index that notes what is brought."""

    def __init__(self, records: Iterable[dict[str, object]]) -> None:
        super().__init__(records)
        self.brought: list[list[str]] = []

    def bring(self, names: Iterable[str]) -> None:
        self.brought.append(list(names))

    def remembered(self) -> list[str]:
        return list(self._candidates)
