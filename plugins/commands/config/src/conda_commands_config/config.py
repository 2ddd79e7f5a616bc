"""Shows and changes settings."""

from __future__ import annotations

import os
import select

from conda_commands_config.catalogue import UnknownSetting, catalogue
from conda_commands_config.reports import chosen, defaults_text, described, shown, sources_shown, told
from conda_commands_config.validation import unknown_names, validate_document, validate_layers
from conda_kernel import options
from conda_kernel.errors import CondaError, UsageError
from conda_kernel.hookspecs import SOLVERS
from conda_kernel.model.event import Warned
from conda_kernel.model.result import Result, Text, Verbatim
from conda_kernel.prefixes import existing_environment
from conda_kernel.settings import DRY_RUN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any

    from conda_kernel.kernel import Kernel

STDIN_SECONDS = 5
"""How long `--stdin` waits for somebody to begin."""

CONDARC = ".condarc"
EDITS = ("prepend", "append", "set", "remove", "clear", "remove_key")


class Config:
    """The command `conda config`."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._context = kernel.context
        self._tell = kernel.reporter.tell

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments of the command."""
        file = parser.add_argument_group("the file").add_mutually_exclusive_group()
        file.add_argument("--system", action="store_true", help="that of the base environment")
        file.add_argument("--env", action="store_true", help="that of the active environment")
        file.add_argument("--file", metavar="FILE", help="this one")
        file.add_argument("-n", "--name", metavar="NAME", help="that of the environment of this name")
        file.add_argument("-p", "--prefix", metavar="PATH", help="that of the environment at this path")
        group = parser.add_argument_group("reading")
        report = group.add_mutually_exclusive_group()
        report.add_argument("--show", nargs="*", metavar="KEY", help="show the values that count, of these or of all")
        report.add_argument("--show-sources", action="store_true", help="show what each source says")
        report.add_argument("--validate", action="store_true", help="say what is wrong in any source")
        report.add_argument("--describe", nargs="*", metavar="KEY", help="say what these settings, or all, are for")
        report.add_argument("--write-default", action="store_true", help="write a file in which all is a comment")
        group.add_argument("--unsafe", action="store_true", help="show logins and tokens")
        change = parser.add_argument_group("the contents of the file").add_mutually_exclusive_group()
        change.add_argument("--get", nargs="*", metavar="KEY", help="show what the file has for these, or all of it")
        pair: Any = {"nargs": 2, "action": "append", "metavar": ("KEY", "VALUE")}
        change.add_argument("--append", **pair, help="put an item at the end of a list")
        change.add_argument("--prepend", "--add", **pair, help="put an item at the beginning of a list")
        change.add_argument("--set", **pair, help="give a setting, or one key of a mapping (`KEY.PART`), a value")
        change.add_argument("--remove", **pair, help="take an item out of a list")
        change.add_argument("--clear", action="append", metavar="KEY", help="make a list empty")
        change.add_argument("--remove-key", action="append", metavar="KEY", help="take a setting out of the file")
        change.add_argument("--stdin", action="store_true", help="take over settings that are written as YAML")
        options.add_prompt(parser)

    def run(self, arguments: Namespace) -> Result:
        """Do what was asked for."""
        asked = vars(arguments)
        if asked["show"] is not None:
            return self._shown(asked["show"], unsafe=arguments.unsafe)
        if arguments.show_sources:
            return sources_shown(self._context, unsafe=arguments.unsafe)
        if arguments.validate:
            return self._validated()
        if asked["describe"] is not None:
            return described(catalogue(self._kernel), asked["describe"])
        path = self._path(arguments)
        if arguments.write_default:
            return self._default_written(path)
        edits = [(name, asked[name]) for name in EDITS if asked[name]]
        if arguments.stdin:
            return self._edited(path, [("stdin", [self._standard_input()])])
        if edits:
            return self._edited(path, edits)
        if asked["get"] is not None:
            return self._got(path, asked["get"], unsafe=arguments.unsafe)
        raise UsageError("`conda config` needs to be told what to do", hint="`conda config --help` shows what it can")

    def _shown(self, names: list[str], *, unsafe: bool) -> Result:
        try:
            known = chosen(catalogue(self._kernel), names)
        except UnknownSetting as error:
            raise UsageError(str(error), hint=error.hint, **error.fields) from error
        return shown(self._context, known, unsafe=unsafe)

    def _validated(self) -> Result:
        known = catalogue(self._kernel)
        unknown = unknown_names(self._context, known)
        for warning in unknown:
            self._tell(Warned(warning))
        validate_layers(self._context, known, self._solvers())
        return Result({"success": True, "warnings": unknown}, ())

    def _path(self, arguments: Namespace) -> str:
        """Return the file that is meant, whether it is there or not."""
        environ = self._context.environ
        if arguments.file:
            return os.path.abspath(os.path.expanduser(str(arguments.file)))
        if arguments.system:
            return os.path.join(self._context.root_prefix, CONDARC)
        if arguments.name is not None or arguments.prefix is not None:
            return os.path.join(existing_environment(self._context), CONDARC)
        if arguments.env and environ.get("CONDA_PREFIX"):
            return os.path.join(environ["CONDA_PREFIX"], CONDARC)
        own = environ.get("CONDARC") or os.path.join("~", CONDARC)
        return os.path.abspath(os.path.expanduser(own))

    def _default_written(self, path: str) -> Result:
        from conda_commands_config.condarc_file import replace  # noqa: PLC0415 - ruamel.yaml costs 70 modules

        if os.path.exists(path) and os.path.getsize(path):
            raise CondaError(f"`{path}` is there, and not empty", hint="name another file with `--file`", path=path)
        if self._context[DRY_RUN]:
            return self._dry_run(path, [], changes=True)
        replace(path, defaults_text(catalogue(self._kernel)))
        return Result({"success": True, "rc_path": path, "warnings": [], "get": {}}, (Text(f"written: {path}"),))

    @staticmethod
    def _dry_run(path: str, warnings: list[str], *, changes: bool) -> Result:
        document = {"success": True, "dry_run": True, "rc_path": path, "warnings": warnings, "get": {}}
        return Result(document, (Text(f"dry run: `{path}` would {'be changed' if changes else 'stay as it is'}"),))

    def _got(self, path: str, names: list[str], *, unsafe: bool) -> Result:
        from conda_commands_config.condarc_file import CondarcFile  # noqa: PLC0415 - ruamel.yaml costs 70 modules
        from conda_commands_config.edits import replayed  # noqa: PLC0415 - as above

        found, lines = replayed(CondarcFile.read(path).document, catalogue(self._kernel), names)
        text = "".join(f"{told(line, unsafe=unsafe)}\n" for line in lines)
        document = {"success": True, "rc_path": path, "warnings": [], "get": told(found, unsafe=unsafe)}
        return Result(document, (Verbatim(text),), reveals=unsafe)

    def _edited(self, path: str, edits: list[tuple[str, list[object]]]) -> Result:
        """Change the file, unless it would not hold together then."""
        from conda_commands_config.condarc_file import CondarcFile  # noqa: PLC0415 - ruamel.yaml costs 70 modules
        from conda_commands_config.edits import Editor  # noqa: PLC0415 - as above

        file = CondarcFile.read(path)
        known = catalogue(self._kernel)
        before = file.text()
        editor = Editor(file.document, known)
        for kind, instances in edits:
            for instance in instances:
                editor.apply(kind, instance)
        validate_document(editor.document, self._context, known, self._solvers())
        for warning in editor.warnings:
            self._tell(Warned(warning))
        changes = file.text() != before
        if self._context[DRY_RUN]:
            return self._dry_run(path, list(editor.warnings), changes=changes)
        if changes:
            file.write()
        document = {"success": True, "rc_path": path, "warnings": editor.warnings, "get": {}}
        return Result(document, ())

    def _solvers(self) -> frozenset[str]:
        return frozenset(plugin.name for plugin in self._kernel.index.group(SOLVERS.group))

    def _standard_input(self) -> str:
        """Return all that is written to standard input; nothing when nobody begins in time."""
        descriptor = self._kernel.terminal.stdin
        if os.name != "nt" and not select.select([descriptor], [], [], STDIN_SECONDS)[0]:
            return ""
        with open(descriptor, encoding="utf-8", closefd=False) as stream:
            text: str = stream.read()
            return text
