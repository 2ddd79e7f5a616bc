"""Writes down what nobody has foreseen: trace, versions, plugins, settings with their sources, this machine.

The file is for whoever mends the fault. It is never sent anywhere, and it holds no secret that can be told from other
text: logins and tokens of URLs, and what stands in variables and settings whose names say that it is one.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import time
import traceback
from urllib.parse import unquote

from conda_kernel import __version__
from conda_kernel.model.errors import CondaError
from conda_kernel.model.secret import HIDDEN, mask_secrets, names_a_secret
from conda_kernel.plugin_index import user_cache_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conda_kernel.context import Context
    from conda_kernel.plugin_index import PluginIndex

FOLDER = "reports"
MOST_REPORTS = 10
"""How many are kept; the oldest go first."""

SHORTEST_SECRET = 6
"""Characters; what is shorter stands everywhere in ordinary text."""

VARIABLES = re.compile(
    r"(?:CONDA|MAMBA|PYTHON|LC|XDG)_?\w*|\w*_PROXY|PATH|HOME|LANG|TERM|SHELL|NO_COLOR|COLUMNS|TMPDIR|VIRTUAL_ENV"
    r"|SSL_CERT_\w+|\w+_CA_BUNDLE",
    re.IGNORECASE,
)
"""The names of variables that can be to blame."""

_IN_A_URL = re.compile(r"://[^/?#\s:@]*:([^/?#\s@]+)@|/t/([^/\s?#'\"]+)")
_HEADER = re.compile(r"(?i)(authorization['\"]?\s*[:=]\s*['\"]?)(?:(?:basic|bearer|token)\s+)?[^\s'\",}]+")


class Unforeseen(CondaError):
    """An exception that nobody has foreseen, in conda itself; its name in the document is that of its cause."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(
            f"conda itself failed: {''.join(traceback.format_exception_only(cause)).strip()}",
            hint="report it to the makers of conda",
            unexpected=True,
        )
        self.__cause__ = cause

    @property
    def exception_name(self) -> str:
        """The name of the exception that was raised."""
        return type(self.__cause__).__name__


class FailureReport:
    """What is known of a failure that nobody has foreseen."""

    def __init__(self, error: BaseException, argv: Sequence[str], context: Context, index: PluginIndex) -> None:
        self._error = error
        self._argv = argv
        self._context = context
        self._index = index
        self._secrets = _secrets(context)

    def command(self) -> str:
        """Return the command line, without secrets."""
        return self.without_secrets(f"conda {' '.join(self._argv)}")

    def trace(self) -> str:
        """Return where the failure comes from, without secrets."""
        return self.without_secrets("".join(traceback.format_exception(self._error)))

    def text(self) -> str:
        """Return all of it, without secrets."""
        parts = {
            "command": [self.command()],
            "trace": "".join(traceback.format_exception(self._error)).splitlines(),
            "versions": [
                f"conda {__version__}",
                f"python {sys.version}".replace("\n", " "),
                f"platform {platform.platform()}",
                f"prefix {self._context.prefix}",
                f"root prefix {self._context.root_prefix}",
                f"executable {sys.executable}",
            ],
            "settings": list(self._settings()),
            "variables": list(self._variables()),
            "plugins": [f"{plugin} {plugin.target}" for plugin in self._index.all()],
        }
        lines = [line for title, told in parts.items() for line in (f"{title}:", *(f"  {one}" for one in told), "")]
        return self.without_secrets("\n".join(lines))

    def write(self, moment: float) -> str | None:
        """Write the report into the user's cache folder and return its path; `None` where that cannot be done."""
        cache = user_cache_folder(self._context.environ)
        if cache is None:
            return None
        folder = os.path.join(cache, FOLDER)
        name = f"{time.strftime('%Y-%m-%d-%H%M%S', time.gmtime(moment))}-{os.getpid()}.txt"
        path = os.path.join(folder, name)
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            _make_room(folder)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(self.text())
        except OSError:
            return None
        return path

    def _settings(self) -> Iterator[str]:
        for layer in self._context.layers:
            if layer.problem is not None:
                yield f"{layer.source}: {layer.problem}"
            for name, entry in layer.entries.items():
                yield f"{name}: {_told(name, entry.value)} ({entry.place})"

    def _variables(self) -> Iterator[str]:
        for name, value in sorted(self._context.environ.items()):
            if VARIABLES.fullmatch(name):
                yield f"{name}={HIDDEN if names_a_secret(name) else value}"

    def without_secrets(self, text: str) -> str:
        """Return the text without logins, tokens, and every secret that settings and variables have."""
        text = _HEADER.sub(rf"\1{HIDDEN}", mask_secrets(text))
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text


def _secrets(context: Context) -> list[str]:
    """Return the texts that must not be shown, the longest first, so that no part of one is left."""
    found = {value for name, value in context.environ.items() if names_a_secret(name)}
    found.update(_in_urls(context.environ.values()))
    for layer in context.layers:
        for name, entry in layer.entries.items():
            texts = list(_texts(entry.value))
            found.update(_in_urls(texts))
            if names_a_secret(name):
                found.update(texts)
    return sorted((text for text in found if len(text) >= SHORTEST_SECRET), key=lambda text: (-len(text), text))


def _in_urls(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for password, token in _IN_A_URL.findall(text):
            secret = password or token
            yield from (secret, unquote(secret))


def _told(name: str, value: object) -> str:
    """Return a value of that name as it may be shown."""
    if names_a_secret(name):
        return HIDDEN
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_told(str(key), inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_told("", inner) for inner in value) + "]"
    return repr(value)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)


def _make_room(folder: str) -> None:
    """Remove the oldest reports, so that with the next there are not too many."""
    names = sorted(name for name in os.listdir(folder) if name.endswith(".txt"))
    for name in names[: max(0, len(names) - MOST_REPORTS + 1)]:
        os.unlink(os.path.join(folder, name))
