"""`conda env list` in a real process."""

from __future__ import annotations

from pathlib import Path

from conda_testing.executable import Conda


def test_env_list_says_what_info_says_of_environments_and_changes_nothing(tmp_path: Path) -> None:
    for place in (".conda/envs/a", "elsewhere"):
        (tmp_path / place / "conda-meta").mkdir(parents=True)
        (tmp_path / place / "conda-meta" / "history").touch()
    registry = tmp_path / ".conda" / "environments.txt"
    registry.write_text(f"{tmp_path}/elsewhere\n{tmp_path}/gone\n", encoding="utf-8")
    conda = Conda(tmp_path)

    listed, document = conda("env", "list"), conda("env", "list", "--json")

    assert listed.status == document.status == 0
    assert listed.stdout == conda("info", "--envs").stdout
    assert listed.stdout.splitlines()[-2:] == [
        f"{'a':<20}     {tmp_path}/.conda/envs/a",
        f"{'':<20}     {tmp_path}/elsewhere",
    ]
    assert document.json() == conda("info", "--envs", "--json").json()
    assert registry.read_text(encoding="utf-8").endswith("/gone\n")


def test_env_alone_tells_what_other_words_there_are(tmp_path: Path) -> None:
    conda = Conda(tmp_path)

    for words in (("env",), ("env", "--help")):
        told = conda(*words)
        assert (told.status, told.stderr) == (0, "")
        assert "usage: conda env" in told.stdout
    assert "conda env list    Lists the environments that are known." in conda("env").stdout
    assert conda("env", "--json").json() == {
        "commands": {
            "env list": "Lists the environments that are known.",
            "env remove": "Removes an environment.",
        }
    }
    assert conda("env", "no-such-word").status == 2
