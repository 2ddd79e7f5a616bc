"""What a command that is the first word of others says when it stands alone."""

from __future__ import annotations

from conda_kernel.model.overview import overview
from conda_kernel.model.plugin import Plugin
from conda_kernel.model.result import Verbatim


def command(name: str, summary: str = "") -> Plugin:
    return Plugin("conda.subcommands", name, "m:C", distribution="d", summary=summary)


def test_the_commands_below_a_word_are_told_and_no_others() -> None:
    told = overview("env", [command("env"), command("env list", "List."), command("environ x"), command("env rm")])

    assert told.document == {"commands": {"env list": "List.", "env rm": ""}}
    assert told.views == (
        Verbatim("usage: conda env COMMAND ...\n\ncommands:\n  conda env list  List.\n  conda env rm\n"),
    )


def test_there_may_be_none() -> None:
    assert overview("env", []).views == (Verbatim("usage: conda env COMMAND ...\n\ncommands:\n"),)
