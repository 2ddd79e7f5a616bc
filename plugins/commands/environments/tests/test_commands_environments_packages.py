from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

import pytest

from conda_commands_environments.arguments import command_text
from conda_commands_environments.create import Create
from conda_commands_environments.package_specs import UnreadableFile, package_specs
from conda_kernel.context import Context
from conda_kernel.errors import CondaError
from conda_kernel.model.errors import InvalidMatchSpec
from conda_kernel.options import arguments_layer


def test_specs_are_typed_and_listed_each_once(tmp_path: Path) -> None:
    file = tmp_path / "packages.txt"
    file.write_text("\ufeff# a list\nnumpy >=2\n\n  scipy  \n", encoding="utf-8")
    specs = package_specs(["numpy>=2", "python=3.12"], [str(file)])
    assert [str(spec) for spec in specs] == ["numpy[version='>=2']", "python=3.12", "scipy"]


@pytest.mark.parametrize(
    "text", ["https://a.example/c/noarch/a-1.0-0.conda", "./a-1.0-0.tar.bz2", "a-1-0.conda#" + "0" * 32]
)
def test_packages_by_url_or_path_are_no_specs(text: str) -> None:
    with pytest.raises(CondaError, match="by URL or path") as caught:
        package_specs([text], [])
    assert "@EXPLICIT" in caught.value.hint


def test_a_login_in_a_url_is_not_repeated() -> None:
    with pytest.raises(CondaError) as caught:
        package_specs(["https://me:secret@a.example/c/noarch/a-1.0-0.conda"], [])
    assert "secret" not in str(caught.value)


def test_a_bad_line_of_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "packages.txt"
    file.write_text("numpy\nnumpy ==\n", encoding="utf-8")
    with pytest.raises(UnreadableFile, match=r"packages\.txt`, line 2"):
        package_specs([], [str(file)])


@pytest.mark.parametrize("name", ["environment.yml", "pixi.toml", "conda.lock"])
def test_other_formats_are_refused_by_name(name: str) -> None:
    with pytest.raises(UnreadableFile, match=name):
        package_specs([], [name])


def test_an_explicit_file_is_refused_and_not_read_as_names(tmp_path: Path) -> None:
    file = tmp_path / "explicit.txt"
    file.write_text("@EXPLICIT\nhttps://a.example/noarch/a-1.0-0.conda\n", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="line 1"):
        package_specs([], [str(file)])


def test_files_that_cannot_be_read_are_errors(tmp_path: Path) -> None:
    binary = tmp_path / "binary.txt"
    binary.write_bytes(b"\xff\xfe\x00")
    large = tmp_path / "large.txt"
    large.write_bytes(b"#" * (1 << 21))
    for file in (binary, large, tmp_path / "gone.txt", tmp_path):
        with pytest.raises(UnreadableFile):
            package_specs([], [str(file)])


@pytest.mark.parametrize("text", ["*", "", "a[b"])
def test_what_is_no_match_spec_is_refused(text: str) -> None:
    with pytest.raises(InvalidMatchSpec):
        package_specs([text], [])


def test_the_command_in_the_history_names_what_decides_and_no_secret() -> None:
    parser = ArgumentParser()
    Create.add_arguments(parser)
    words = [
        "-n",
        "x",
        "-c",
        "https://me:secret@a.example/c",
        "-c",
        "https://a.example/t/tk-123/d",
        "a >=1",
        "--no-pin",
    ]
    arguments = parser.parse_args(words)
    context = Context((arguments_layer(arguments),), root_prefix="/root")
    assert command_text("create", arguments, context) == (
        "conda create -n x -c https://<hidden>@a.example/c -c https://a.example/t/<hidden>/d 'a >=1'"
    )
