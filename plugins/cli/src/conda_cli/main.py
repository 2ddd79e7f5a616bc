"""The entry of the `conda` executable: guards standard output, reads the plugin index, runs what was asked for."""

from __future__ import annotations

import os
import sys

from conda_cli.words import SUBCOMMANDS, general_help, help_width, split
from conda_kernel.model.plugin import Selection
from conda_kernel.plugin_index import imported, installed_plugins, selection
from conda_kernel.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, NoReturn

    from conda_kernel.plugin import Plugin

FAST = "conda.fast_subcommands"
"""The group of `conda_kernel.hookspecs.FAST_SUBCOMMANDS`, which is not imported for its name."""

COLLECTIONS = (200_000, 20, 50)
"""After how many objects garbage is looked for among the youngest, and how much less often among the older."""

BROKEN_PIPE_STATUS = 141
INTERRUPTED_STATUS = 130


def main() -> NoReturn:
    """Run the command line of this process and end it.

    It ends at once: a thread that was abandoned, or a compiled library that crashes while the interpreter is taken
    apart, cannot change an exit status that has been earned.
    """
    status = ended(sys.argv[1:], os.environ, Terminal.guarded())
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass
    os._exit(status)


def prepare() -> None:
    """Have a command, which imports and reads much, find its modules quickly and look for garbage seldom.

    What it imports and reads stays to its end, and looking takes time.
    """
    import gc  # noqa: PLC0415 - only a command that is there needs it

    gc.set_threshold(*COLLECTIONS)
    try:
        from conda_cli.compiled_modules import find_compiled_modules  # noqa: PLC0415 - as above
    except ImportError:
        # Another Python may not have what that is made of, and finds all modules by itself.
        return
    find_compiled_modules()


def ended(argv: Sequence[str], environ: Mapping[str, str], terminal: Terminal) -> int:
    """Run one command line and return the exit status, also when its result cannot be written."""
    try:
        return run(argv, environ, terminal)
    except KeyboardInterrupt:
        terminal.warn("\ninterrupted\n")
        return INTERRUPTED_STATUS
    except BrokenPipeError:
        return BROKEN_PIPE_STATUS
    except OSError as error:
        terminal.warn(f"error: cannot write the result: {error.strerror or error}\n")
        return 1
    except Exception as error:  # noqa: BLE001 - what should have told it has failed itself
        terminal.warn(f"error: conda itself failed, and cannot say more: {type(error).__name__}\n")
        return 1


def run(argv: Sequence[str], environ: Mapping[str, str], terminal: Terminal) -> int:
    """Run one command line; raise `OSError` when its result cannot be written."""
    path = sys.path if getattr(sys.flags, "safe_path", False) else sys.path[1:]
    problem = ""
    try:
        chosen = selection(argv, environ)
    except ValueError as error:
        problem, chosen = str(error), Selection(bundled_only=True)
    index = installed_plugins(path, environ, chosen)
    if argv:
        fast = index.named(FAST, argv[0])
        if len(fast) == 1:
            status = run_fast(fast[0], argv, environ, terminal)
            if status is not None:
                return status
    words = split(argv, index)
    if words.asks_for_help and not problem:
        terminal.write(general_help(index, help_width(terminal, environ)))
        return 0
    if index.named(SUBCOMMANDS, words.command):
        prepare()
    from conda_cli.command import run_command  # noqa: PLC0415 - what is fast does not pay for it

    return run_command(argv, environ, index, terminal, problem)


def run_fast(plugin: Plugin, argv: Sequence[str], environ: Mapping[str, str], terminal: Terminal) -> int | None:
    """Run a fast subcommand and return its exit status; `None` when its plugin is broken."""
    module, _, name = plugin.target.partition(":")
    try:
        target: Any = getattr(imported(module), name)
        answer = target().run(argv, environ)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - the kernel runs it again and says what is wrong
        return None
    if isinstance(answer, str):
        terminal.write(answer)
        return 0
    return answer if isinstance(answer, int) else None
