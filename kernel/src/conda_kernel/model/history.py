"""Reads and writes the log of an environment, `conda-meta/history`: revisions, states, requested specs."""

from __future__ import annotations

import re

from conda_kernel.model.errors import InvalidMatchSpec
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable
from conda_kernel.model.secret import mask_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SPECS = r"#\s*(update|install|create|remove|uninstall|neutered)\s+specs:\s*(.*)"
_COMMAND = r"#\s*cmd:\s*(.*)"
_VERSION = r"#\s*(\S+)\s+version:\s*(\S+)"
_DIST = r"[^\s#]\S*"
_LITERAL = r"\s*[uUbB]?(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\")\s*(,|$)"
_ESCAPE = r"(?s)\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)"
_PLAIN_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_OPERATORS = ("<", ">", "=", "!", "~")
_REMOVING = ("remove", "uninstall")


class Revision(NamedTuple):
    """One block of the log.

    `time` is local time as written. `full_state` holds packages when the block is a whole state instead of a change
    (very old files). Packages are texts `channel/subdir::name-version-build`. `tools` maps the tools to their versions.
    """

    time: str
    command: str = ""
    tools: tuple[tuple[str, str], ...] = ()
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    full_state: tuple[str, ...] = ()
    update_specs: tuple[str, ...] = ()
    remove_specs: tuple[str, ...] = ()
    neutered_specs: tuple[str, ...] = ()


class History(NamedTuple):
    """All revisions of an environment, the oldest first, and what was wrong with lines that were passed over."""

    revisions: tuple[Revision, ...] = ()
    warnings: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> History:
        """Return the revisions of a log; a damaged line is passed over with a warning, nothing is executed."""
        reader = _Reader()
        for number, line in enumerate(text.lstrip("\ufeff").split("\n"), 1):
            reader.take(line.strip(), number)
        return cls(reader.finished(), tuple(reader.warnings))

    def states(self) -> tuple[frozenset[str], ...]:
        """Return the packages that were installed after each revision."""
        states = []
        current: frozenset[str] = frozenset()
        for revision in self.revisions:
            if revision.full_state:
                current = frozenset(revision.full_state)
            current = (current - frozenset(revision.removed)) | frozenset(revision.added)
            states.append(current)
        return tuple(states)

    def requested(self, installed: Iterable[str] | None = None) -> dict[str, MatchSpec]:
        """Return the spec that each package was asked for with, by name, sorted.

        Per revision remove, then update, then neutered specs apply; revisions without a command do not count. With
        `installed` names that are not among them are dropped.
        """
        requested: dict[str, MatchSpec] = {}
        for revision in self.revisions:
            if not revision.command:
                continue
            for spec in _match_specs(revision.remove_specs):
                requested.pop(spec[0], None)
            requested.update(_match_specs(revision.update_specs))
            requested.update(_match_specs(revision.neutered_specs))
        names = requested.keys() if installed is None else requested.keys() & set(installed)
        return {name: requested[name] for name in sorted(names)}


def history_block(  # noqa: PLR0913  (the parts of a block)
    *,
    time: str,
    command: str,
    version: str,
    tool: str = "conda",
    removed: Iterable[str] = (),
    added: Iterable[str] = (),
    update_specs: Iterable[str] = (),
    remove_specs: Iterable[str] = (),
    neutered_specs: Iterable[str] = (),
) -> str:
    """Return one block for the log: head, changes sorted with the removals first, then the specs.

    `time` is local time as `2026-11-22 09:00:00`. Secrets are masked, and no text can begin a line of its own.
    """
    lines = [
        f"==> {_line(time)} <==",
        f"# cmd: {mask_secrets(_line(command))}",
        f"# {_line(tool)} version: {_line(version)}",
    ]
    lines += [f"-{mask_secrets(_line(dist))}" for dist in sorted(removed)]
    lines += [f"+{mask_secrets(_line(dist))}" for dist in sorted(added)]
    for action, specs in (("update", update_specs), ("remove", remove_specs), ("neutered", neutered_specs)):
        written = ", ".join([repr(mask_secrets(_line(spec))) for spec in specs])
        if written:
            lines.append(f"# {action} specs: [{written}]")
    return "\n".join(lines) + "\n"


def parse_spec_list(text: str) -> tuple[str, ...]:
    """Return the specs of a line: a Python list of texts, or the old form with commas and no brackets.

    In the old form a piece that begins with an operator belongs to the piece before it. Raises ValueError for a list
    that is damaged.
    """
    text = text.strip()
    if text.startswith("["):
        if not text.endswith("]"):
            raise ValueError(text)
        return _list_literal(text[1:-1])
    specs: list[str] = []
    for piece in text.split(","):
        if specs and piece.strip().startswith(_OPERATORS):
            specs[-1] = f"{specs[-1]},{piece.strip()}"
        elif piece.strip():
            specs.append(piece.strip())
    return tuple(specs)


class _Reader:
    """Collects the lines of a log into revisions."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self._revisions: list[Revision] = []
        self._time: str | None = None
        self._dists: dict[str, list[str]] = {}
        self._specs: dict[str, list[str]] = {}
        self._command = ""
        self._tools: list[tuple[str, str]] = []

    def take(self, line: str, number: int) -> None:
        time = line[3:-3].strip() if line.startswith("==>") and line.endswith("<==") else ""
        if time:
            self._close()
            self._time = time
        elif not line or self._time is None:
            return
        elif line.startswith("#"):
            self._take_comment(line, number)
        else:
            sign = line[0] if line[0] in "+-" else ""
            dist = line.removeprefix(sign).strip()
            if re.fullmatch(_DIST, dist) is None:
                self._warn(number, line)
            else:
                self._dists.setdefault(sign, []).append(dist)

    def finished(self) -> tuple[Revision, ...]:
        self._close()
        return tuple(self._revisions)

    def _take_comment(self, line: str, number: int) -> None:
        specs = re.fullmatch(_SPECS, line)
        command = re.fullmatch(_COMMAND, line)
        version = re.fullmatch(_VERSION, line)
        if specs is not None:
            action = "remove" if specs[1] in _REMOVING else "neutered" if specs[1] == "neutered" else "update"
            try:
                self._specs.setdefault(action, []).extend(parse_spec_list(specs[2]))
            except ValueError:
                self._warn(number, line)
        elif command is not None:
            self._command = command[1]
        elif version is not None:
            self._tools.append((version[1], version[2]))

    def _warn(self, number: int, line: str) -> None:
        self.warnings.append(f"line {number} of the history is damaged: `{mask_secrets(printable(line[:200]))}`")

    def _close(self) -> None:
        if self._time is not None:
            self._revisions.append(
                Revision(
                    time=self._time,
                    command=self._command,
                    tools=tuple(self._tools),
                    removed=tuple(self._dists.get("-", ())),
                    added=tuple(self._dists.get("+", ())),
                    full_state=tuple(self._dists.get("", ())),
                    update_specs=tuple(self._specs.get("update", ())),
                    remove_specs=tuple(self._specs.get("remove", ())),
                    neutered_specs=tuple(self._specs.get("neutered", ())),
                )
            )
        self._time, self._command = None, ""
        self._dists, self._specs, self._tools = {}, {}, []


def _match_specs(texts: Iterable[str]) -> Mapping[str, MatchSpec]:
    found: dict[str, MatchSpec] = {}
    for text in texts:
        if text.endswith("@"):
            continue
        try:
            spec = MatchSpec.parse(text)
        except InvalidMatchSpec:
            continue
        found[str(spec.name)] = spec
    return found


def _list_literal(text: str) -> tuple[str, ...]:
    specs = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = re.compile(_LITERAL).match(text, position)
        if match is None:
            raise ValueError(text)
        specs.append(re.sub(_ESCAPE, _unescaped, match[1] if match[1] is not None else match[2]))
        position = match.end()
    return tuple(specs)


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) > 1:
        number = int(code[1:], 16)
        return chr(number) if number <= 0x10FFFF else match[0]
    return _PLAIN_ESCAPES.get(code, code)


def _line(text: str) -> str:
    return printable(text).strip()
