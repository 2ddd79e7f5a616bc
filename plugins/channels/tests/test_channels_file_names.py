"""Index files of other names, which channels may have: what is read in which order, by the real executable."""

from __future__ import annotations

import bz2
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from conda_channels.named import NamedRepodata
from conda_kernel.hookspecs import DOWNLOADERS
from conda_kernel.model.channel import Channel
from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda, Ended
from conda_testing.fork_server import ForkServer
from conda_testing.kernels import make_kernel
from conda_testing.server import ChannelServer, Respond, Rule

SMALL, WHOLE, OTHER = "current_repodata.json", "repodata.json", "repodata_from_packages.json"
BOTH = ("--repodata-fn", SMALL)
"""`repodata.json` need not be named."""


def channel(folder: Path, **files: Sequence[tuple[str, str, Sequence[str]]]) -> str:
    """Write a channel and return its folder: by file, `small`, `whole` or `other`, packages and what they need."""
    for file, packages in files.items():
        builder = ChannelBuilder(os.fspath(folder))
        for name, version, depends in packages:
            builder.add_record(name, version, subdir="linux-64", depends=depends)
        builder.write({"small": SMALL, "whole": WHOLE, "other": OTHER}[file])
    return os.fspath(folder)


def usual(folder: Path) -> str:
    """Write a channel whose small file has the newest of `a` alone."""
    return channel(folder, small=[("a", "2.0", [])], whole=[("a", "1.0", []), ("a", "2.0", []), ("b", "1.0", ["a<2"])])


class Bench:
    """The executable, with a home of its own and servers for channels."""

    def __init__(self, folder: Path, fork_server: ForkServer | None) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self._fork_server = fork_server
        self._servers: list[ChannelServer] = []

    def serve(self, folder: str, rules: Mapping[str, Rule] | None = None) -> ChannelServer:
        server = ChannelServer(folder, rules or {})
        server.__enter__()
        self._servers.append(server)
        return server

    def close(self) -> None:
        for server in self._servers:
            server.__exit__(None, None, None)

    def run(self, *words: str, environ: Mapping[str, str] | None = None) -> Ended:
        return Conda(self.home, environ=environ, server=self._fork_server)(*words)

    def create(self, url: str, *words: str, environ: Mapping[str, str] | None = None) -> Ended:
        options = ("-n", "new", "--dry-run", "--json", "--subdir", "linux-64", "-O", "-c", url)
        return self.run("create", *options, *words, environ=environ)


@pytest.fixture
def bench(tmp_path: Path, fork_server: ForkServer | None) -> Iterator[Bench]:
    bench = Bench(tmp_path, fork_server)
    yield bench
    bench.close()


def linked(ended: Ended) -> list[str]:
    """Return the names and versions that would be linked."""
    assert ended.status == 0, ended.stdout + ended.stderr
    document: Any = ended.json()
    return sorted(f"{each['name']} {each['version']}" for each in document["actions"]["LINK"])


def asked(server: ChannelServer) -> set[str]:
    """Return the files that were asked for, whatever the subdir and the form, shards left out."""
    names = {request.path.rpartition("/")[2] for request in server.requests}
    return {name.removesuffix(".zst").removesuffix(".bz2") for name in names if ".msgpack" not in name}


def test_what_has_a_solution_in_the_first_file_asks_for_no_other(bench: Bench, tmp_path: Path) -> None:
    server = bench.serve(usual(tmp_path / "c"))

    assert linked(bench.create(server.url, *BOTH, "a")) == ["a 2.0"]
    assert asked(server) == {SMALL}


def test_without_the_setting_there_is_one_file(bench: Bench, tmp_path: Path) -> None:
    server = bench.serve(usual(tmp_path / "c"))

    assert linked(bench.create(server.url, "a")) == ["a 2.0"]
    assert asked(server) == {WHOLE}


@pytest.mark.parametrize("spec", ["a=1", "b"])
def test_what_has_no_solution_in_it_is_looked_for_in_the_next(bench: Bench, tmp_path: Path, spec: str) -> None:
    server = bench.serve(usual(tmp_path / "c"))
    ended = bench.create(server.url, *BOTH, spec)

    assert linked(ended) == (["a 1.0"] if spec == "a=1" else ["a 1.0", "b 1.0"])
    assert asked(server) == {SMALL, WHOLE}


def test_a_conflict_in_the_first_file_is_no_conflict_in_the_next(bench: Bench, tmp_path: Path) -> None:
    newest = [("a", "2.0", []), ("b", "1.0", ["a<2"])]
    url = f"file://{channel(tmp_path / 'c', small=newest, whole=[*newest, ('a', '1.0', [])])}"

    assert linked(bench.create(url, *BOTH, "b", "a")) == ["a 1.0", "b 1.0"]
    ended = bench.run("create", "-n", "new", "-d", "--subdir", "linux-64", "-O", "-c", url, *BOTH, "b")
    assert ended.status == 0
    assert f"what was read of the channels is not enough; `{WHOLE}` is read" in ended.stderr


def test_when_there_is_no_solution_at_all_the_last_file_says_why(bench: Bench, tmp_path: Path) -> None:
    whole = [("a", "1.0", []), ("a", "2.0", []), ("b", "1.0", ["a<2"])]
    url = f"file://{channel(tmp_path / 'c', small=[('a', '2.0', [])], whole=whole)}"
    missing, conflicting = bench.create(url, *BOTH, "b=3"), bench.create(url, *BOTH, "a=2", "b")

    assert missing.status == conflicting.status == 4
    document: Any = missing.json()
    assert document["exception_name"] == "PackagesNotFoundError"
    assert "1.0" in document["message"]
    document = conflicting.json()
    assert document["exception_name"] == "UnsatisfiableError"
    assert "b 1.0 needs a <2" in document["message"]


def test_a_channel_without_the_file_is_asked_for_its_whole_index_once_a_week(bench: Bench, tmp_path: Path) -> None:
    server = bench.serve(channel(tmp_path / "c", whole=[("a", "1.0", [])]))

    assert linked(bench.create(server.url, *BOTH, "a")) == ["a 1.0"]
    assert asked(server) == {SMALL, WHOLE}
    server.requests.clear()
    assert linked(bench.create(server.url, *BOTH, "a")) == ["a 1.0"]
    assert asked(server) == {WHOLE}


def test_that_a_server_has_no_such_file_is_forgotten_after_a_week(bench: Bench, tmp_path: Path) -> None:
    server = bench.serve(channel(tmp_path / "c", whole=[("a", "1.0", [])]))
    kernel = make_kernel(tmp_path)
    now = 1_800_000_000.0

    def has_it() -> bool:
        source = NamedRepodata(kernel, SMALL, clock=lambda: now)
        place = (Channel("c", server.url), "linux-64")
        return source.read(*place, kernel.driver(DOWNLOADERS), os.fspath(tmp_path / "kept")) is not None

    assert not has_it()
    channel(tmp_path / "c", small=[("a", "1.0", [])])
    now += 7 * 86_400 - 1
    assert not has_it()
    now += 2
    assert has_it()


def test_the_same_files_are_not_solved_with_twice(bench: Bench, tmp_path: Path) -> None:
    url = f"file://{channel(tmp_path / 'c', whole=[('a', '1.0', [])])}"
    ended = bench.run("create", "-n", "new", "-d", "--subdir", "linux-64", "-O", "-c", url, *BOTH, "a=2")

    assert ended.status == 4
    assert "not enough" not in ended.stderr


def test_a_channel_that_has_the_file_goes_together_with_one_that_has_it_not(bench: Bench, tmp_path: Path) -> None:
    first = bench.serve(usual(tmp_path / "first"))
    second = bench.serve(channel(tmp_path / "second", whole=[("c", "1.0", ["a"])]))

    assert linked(bench.create(first.url, "-c", second.url, *BOTH, "c")) == ["a 2.0", "c 1.0"]
    assert (asked(first), asked(second)) == ({SMALL}, {SMALL, WHOLE})
    assert linked(bench.create(first.url, "-c", second.url, *BOTH, "c", "a<2")) == ["a 1.0", "c 1.0"]
    assert asked(first) == {SMALL, WHOLE}


def test_files_are_read_in_the_order_that_was_given(bench: Bench, tmp_path: Path) -> None:
    folder = channel(
        tmp_path / "c", small=[("a", "2.0", [])], whole=[("a", "2.0", []), ("a", "1.0", [])], other=[("a", "3.0", [])]
    )
    server = bench.serve(folder)

    assert linked(bench.create(server.url, "--repodata-fn", OTHER, *BOTH, "a=3")) == ["a 3.0"]
    assert asked(server) == {OTHER}
    assert linked(bench.create(server.url, "--repodata-fn", WHOLE, *BOTH, "a")) == ["a 2.0"]
    assert asked(server) == {OTHER, WHOLE}
    assert linked(bench.create(server.url, "--repodata-fn", OTHER, *BOTH, "a=1")) == ["a 1.0"]
    assert asked(server) == {OTHER, WHOLE, SMALL}


def test_the_command_line_replaces_the_variable_and_the_variable_the_file(bench: Bench, tmp_path: Path) -> None:
    server = bench.serve(usual(tmp_path / "c"))
    (bench.home / ".condarc").write_text(f"repodata_fns: [{OTHER}]\n")

    linked(bench.create(server.url, "a", environ={"CONDA_REPODATA_FNS": f"{SMALL},{WHOLE}"}))
    assert asked(server) == {SMALL}
    server.requests.clear()
    linked(bench.create(server.url, "--repodata-fn", WHOLE, "a", environ={"CONDA_REPODATA_FNS": SMALL}))
    assert asked(server) == {WHOLE}
    server.requests.clear()
    linked(bench.create(server.url, "a"))
    assert asked(server) == {OTHER, WHOLE}


def test_with_the_option_only_what_is_missing_is_asked_for(bench: Bench, tmp_path: Path) -> None:
    server = bench.serve(usual(tmp_path / "c"))
    linked(bench.create(server.url, *BOTH, "--use-index-cache", "a"))
    assert asked(server) == {SMALL}
    server.requests.clear()

    assert linked(bench.create(server.url, *BOTH, "--use-index-cache", "a")) == ["a 2.0"]
    assert not server.requests
    assert linked(bench.create(server.url, "--use-index-cache", "b")) == ["a 1.0", "b 1.0"]
    assert asked(server) == {WHOLE}


def test_what_was_read_once_is_read_without_the_network(bench: Bench, tmp_path: Path) -> None:
    server = bench.serve(usual(tmp_path / "c"))
    linked(bench.create(server.url, *BOTH, "a"))
    server.requests.clear()

    assert linked(bench.create(server.url, *BOTH, "--offline", "a")) == ["a 2.0"]
    failed, other = bench.create(server.url, *BOTH, "--offline", "a=1"), bench.create(server.url, "--offline", "a")
    assert not server.requests
    document: Any = failed.json()
    assert (failed.status, document["exception_name"]) == (4, "PackagesNotFoundError")
    assert "2.0" in document["message"]
    assert other.status == 5
    assert "not in the cache" in other.stdout


def test_the_whole_index_that_is_here_serves_without_the_network(bench: Bench, tmp_path: Path) -> None:
    server = bench.serve(usual(tmp_path / "c"))
    linked(bench.create(server.url, "a"))

    assert linked(bench.create(server.url, *BOTH, "--offline", "b")) == ["a 1.0", "b 1.0"]


def test_two_files_are_kept_apart_and_removed_together(bench: Bench, tmp_path: Path) -> None:
    server = bench.serve(usual(tmp_path / "c"))
    linked(bench.create(server.url, *BOTH, "a"))
    linked(bench.create(server.url, "b"))
    server.requests.clear()

    assert linked(bench.create(server.url, *BOTH, "--offline", "a")) == ["a 2.0"]
    assert linked(bench.create(server.url, "--offline", "a=1")) == ["a 1.0"]
    kept = sorted({path.parent.name for path in bench.home.rglob("cache/*/*/state.json")})
    assert kept == [SMALL, "flat", "sharded"]
    assert bench.run("clean", "--index-cache", "-y").status == 0
    assert not list(bench.home.rglob("state.json"))
    assert not server.requests


@pytest.mark.parametrize("suffix", ["", ".zst", ".bz2"])
@pytest.mark.parametrize("scheme", ["file", "http"])
def test_compressed_forms_are_found_without_being_named(bench: Bench, tmp_path: Path, suffix: str, scheme: str) -> None:
    folder = Path(usual(tmp_path / "c"))
    for subdir in ("linux-64", "noarch"):
        content = (folder / subdir / SMALL).read_bytes()
        (folder / subdir / f"{SMALL}.bz2").write_bytes(bz2.compress(content))
        for other in {"", ".zst", ".bz2"} - {suffix}:
            (folder / subdir / (SMALL + other)).unlink()
        (folder / subdir / f"{WHOLE}.zst").unlink()
        (folder / subdir / WHOLE).write_text('{"packages": {}}')
    url = f"file://{folder}" if scheme == "file" else bench.serve(os.fspath(folder)).url

    assert linked(bench.create(url, *BOTH, "a")) == ["a 2.0"]


def test_a_server_that_has_no_compressed_form_is_not_asked_for_it_again(bench: Bench, tmp_path: Path) -> None:
    folder = Path(usual(tmp_path / "c"))
    for file in folder.glob(f"*/{SMALL}.zst"):
        file.unlink()
    server = bench.serve(os.fspath(folder))
    linked(bench.create(server.url, *BOTH, "a"))
    server.requests.clear()

    assert linked(bench.create(server.url, *BOTH, "a")) == ["a 2.0"]
    assert {(request.path.rpartition("/")[2], request.status) for request in server.requests} == {(SMALL, 304)}


@pytest.mark.parametrize("name", [SMALL, WHOLE])
def test_compressed_forms_are_not_asked_for_when_the_command_line_says_so(
    bench: Bench, tmp_path: Path, name: str
) -> None:
    server = bench.serve(usual(tmp_path / "c"))
    (bench.home / ".condarc").write_text("repodata_use_zst: false\n")

    for option, suffix in (("--no-repodata-use-zst", ""), ("--repodata-use-zst", ".zst")):
        (bench.home / option).mkdir()
        environ = {"CONDA_PKGS_DIRS": os.fspath(bench.home / option)}
        server.requests.clear()
        linked(bench.create(server.url, "--repodata-fn", name, option, "a", environ=environ))
        assert {request.path for request in server.requests if "shards" not in request.path} == {
            f"/{subdir}/{name}{suffix}" for subdir in ("linux-64", "noarch")
        }


@pytest.mark.parametrize("status", [403, 500])
def test_a_server_that_does_not_give_the_file_is_asked_for_the_whole_index(
    bench: Bench, tmp_path: Path, status: int
) -> None:
    rules = {f"/{subdir}/{SMALL}": Respond(status) for subdir in ("linux-64", "noarch")}
    server = bench.serve(usual(tmp_path / "c"), rules)
    environ = {"CONDA_REMOTE_MAX_RETRIES": "0"}

    assert linked(bench.create(server.url, *BOTH, "--no-repodata-use-zst", "a", environ=environ)) == ["a 2.0"]
    assert asked(server) == {SMALL, WHOLE}


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_a_file_that_is_no_index_is_told_and_another_is_read(bench: Bench, tmp_path: Path, scheme: str) -> None:
    folder = Path(usual(tmp_path / "c"))
    for file in folder.glob(f"*/{SMALL}*"):
        file.write_text("<html>please log in</html>")
    url = f"file://{folder}" if scheme == "file" else bench.serve(os.fspath(folder)).url
    ended = bench.run("create", "-n", "new", "-d", "--subdir", "linux-64", "-O", "-c", url, *BOTH, "a")

    assert ended.status == 0, ended.stderr
    assert f"{SMALL}" in ended.stderr
    assert "another index is read" in ended.stderr


def test_shards_are_better_than_an_excerpt_and_not_than_other_files(bench: Bench, tmp_path: Path) -> None:
    folder = channel(tmp_path / "c", small=[("a", "2.0", [])], whole=[("a", "2.0", [])], other=[("a", "3.0", [])])
    builder = ChannelBuilder(folder)
    for version in ("1.0", "2.0"):
        builder.add_record("a", version, subdir="linux-64")
    builder.write_shards()
    server = bench.serve(folder)

    assert linked(bench.create(server.url, *BOTH, "a=1")) == ["a 1.0"]
    assert asked(server) == set()
    assert linked(bench.create(server.url, "--repodata-fn", OTHER, "a")) == ["a 3.0"]
    assert asked(server) == {OTHER}
    assert linked(bench.create(server.url, "--repodata-fn", OTHER, "a=1")) == ["a 1.0"]
    assert asked(server) == {OTHER}
    assert linked(bench.create(server.url, *BOTH, "--no-repodata-use-shards", "a")) == ["a 2.0"]
    assert asked(server) == {OTHER, SMALL}


def test_a_search_looks_into_the_last_file_that_is_named(bench: Bench, tmp_path: Path) -> None:
    url = f"file://{usual(tmp_path / 'c')}"
    options = ("--json", "--subdir", "linux-64", "-O", "-c", url)

    def versions(*words: str) -> list[str]:
        document: Any = bench.run("search", *options, *words, "a").json()
        return [record["version"] for record in document["a"]]

    assert versions() == ["1.0", "2.0"]
    assert versions(*BOTH) == ["2.0"]
    (bench.home / ".condarc").write_text(f"repodata_fns: [{SMALL}, {WHOLE}]\n")
    assert versions() == ["1.0", "2.0"]


@pytest.mark.parametrize(
    "name",
    ["../repodata.json", "linux-64/repodata.json", "..%2frepodata.json", "repodata", "repodata.json.zst", ".json", "",
     "a?b.json", "C:\\x.json", "a\nb.json", "-x.json", "x" * 200 + ".json"],
)  # fmt: skip
def test_a_name_that_is_no_plain_file_in_json_is_refused(bench: Bench, tmp_path: Path, name: str) -> None:
    server = bench.serve(usual(tmp_path / "c"))
    typed = bench.create(server.url, f"--repodata-fn={name}", "a")
    (bench.home / ".condarc").write_text(json.dumps({"repodata_fns": [name]}))
    configured = bench.create(server.url, "a")

    assert typed.status == configured.status == 3
    assert "end in `.json`" in typed.stdout
    assert ".condarc" in configured.stdout
    assert not server.requests


def test_an_empty_list_is_refused(bench: Bench, tmp_path: Path) -> None:
    (bench.home / ".condarc").write_text("repodata_fns: []\n")
    ended = bench.create(f"file://{usual(tmp_path / 'c')}", "a")

    assert ended.status == 3
    assert "expected names of files" in ended.stdout
