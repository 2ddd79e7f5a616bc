"""Runs one command: finds it, parses its arguments, builds its context and its kernel, shows its result."""

from __future__ import annotations

import os
import time

from conda_cli.words import (
    SUBCOMMANDS,
    Below,
    HelpShown,
    help_width,
    split,
    unknown_command,
    unknown_option,
)
from conda_kernel import settings
from conda_kernel.breadcrumb import Breadcrumb
from conda_kernel.context import Context, root_prefix
from conda_kernel.hookspecs import (
    CONTEXT_SOURCES,
    ERROR_HINTS,
    FAST_SUBCOMMANDS,
    POST_COMMANDS,
    PRE_COMMANDS,
    REPORTER_BACKENDS,
)
from conda_kernel.hookspecs import SUBCOMMANDS as SUBCOMMAND_POINT
from conda_kernel.kernel import Kernel
from conda_kernel.model.errors import (
    ChannelUnavailable,
    CondaError,
    Interrupted,
    PluginError,
    PluginFailed,
    SettingError,
)
from conda_kernel.model.event import Warned
from conda_kernel.model.layer import Entry, Layer, environment_layer
from conda_kernel.model.result import Result, Verbatim, failure
from conda_kernel.model.secret import mask_secrets
from conda_kernel.plugin_index import user_cache_folder
from conda_kernel.reporting import Reporter
from conda_kernel.setting import Setting, first_that_counts
from conda_kernel.settings import CHANNELS, CONSOLE, DEBUG, DRY_RUN, JSON, LOCAL_CHANNEL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping, Sequence
    from typing import TypeVar

    from conda_cli.words import Words
    from conda_kernel.plugin_index import PluginIndex
    from conda_kernel.terminal import Terminal

    T = TypeVar("T")


def run_command(
    argv: Sequence[str], environ: Mapping[str, str], index: PluginIndex, terminal: Terminal, problem: str = ""
) -> int:
    """Run a command line that is no fast subcommand and return its exit status.

    `problem` is what is wrong with the choice of plugins: told, and the command does not run. Raises `OSError` when the
    result cannot be written.
    """
    cache = user_cache_folder(environ)
    breadcrumb = Breadcrumb(os.path.join(cache, "running") if cache else None)
    context = Context(
        (environment_layer(environ), early_layer(argv)), root_prefix=root_prefix(environ), environ=environ
    )
    kernel = Kernel(index, context, Reporter(terminal), terminal=terminal, breadcrumb=breadcrumb)
    command = Command(kernel, argv, problem)
    try:
        return command.run()
    finally:
        kernel.end()
        breadcrumb.sweep()


class Command:
    """One command on its way from words to an exit status."""

    def __init__(self, kernel: Kernel, argv: Sequence[str], problem: str = "") -> None:
        self._kernel = kernel
        self._argv = argv
        self._problem = problem

    def run(self) -> int:
        """Run the command and show its result, or its error."""
        ended_by: CondaError | None = None
        try:
            result = self._result()
        except HelpShown as shown:
            self._kernel.terminal.write(shown.text)
            return 0
        except CondaError as error:
            ended_by, result = error, self._failure(error)
        except KeyboardInterrupt as interrupt:
            result = self._failure(Interrupted("interrupted"), interrupt)
        except Exception as error:  # noqa: BLE001 - even then one document is owed, and the exit status is true
            from conda_cli.failure_report import Unforeseen  # noqa: PLC0415 - it is hoped that nobody needs it

            result = self._failure(Unforeseen(error), error)
        self._tell_unread(ended_by)
        self._kernel.reporter.show(result)
        return result.exit_status

    def _result(self) -> Result:
        words = split(self._argv, self._kernel.index)
        if self._problem:
            raise SettingError(self._problem, hint="repair or remove the file")
        if words.unknown_option:
            raise unknown_option(words.unknown_option)
        if self._kernel.index.named(FAST_SUBCOMMANDS.group, words.command):
            return self._fast_result(words.command)
        if not self._kernel.index.named(SUBCOMMANDS, words.command):
            raise unknown_command(words.command, self._kernel.index, words.following)
        arguments, typed = self._parsed(words)
        self._kernel = self._configured(arguments, typed)
        self._attach_reporter()
        self._check_local(typed)
        self._tell_overruled(typed)
        for plugin in self._kernel.breadcrumbs():
            self._kernel.reporter.tell(Warned(f"an earlier command did not come to its end; {plugin} was running then"))
        prefix = self._kernel.context.prefix
        self._kernel.call(PRE_COMMANDS.on(words.command), command=words.command, arguments=arguments, prefix=prefix)
        result = self._kernel.driver(SUBCOMMAND_POINT, words.command).run(arguments)
        if result.exit_status == 0 and not self._kernel.context[DRY_RUN]:
            self._tell_after(words.command, arguments, prefix, result)
        return result

    def _fast_result(self, name: str) -> Result:
        """Run a fast subcommand once more, which has failed, to say what is wrong with it."""
        answer = self._kernel.driver(FAST_SUBCOMMANDS, name).run(self._argv, self._kernel.context.environ)
        return Result({"answer": answer}, (Verbatim(str(answer)),))

    def _parsed(self, words: Words) -> tuple[Namespace, Layer]:
        from conda_cli.plain_line import plain_arguments  # noqa: PLC0415 - mistyped commands do without
        from conda_kernel.options import add_output, arguments_layer  # noqa: PLC0415 - likewise

        plugin = self._kernel.find(SUBCOMMAND_POINT, words.command)
        target = self._kernel.load(plugin)
        add_arguments = getattr(target, "add_arguments", None)
        if not callable(add_arguments):
            raise PluginFailed(plugin, "it has no method `add_arguments`, which conda.subcommands asks for")

        def declare(parser: ArgumentParser) -> None:
            add_arguments(parser)
            add_output(parser)

        try:
            arguments = self._kernel.contained(plugin, plain_arguments)(declare, words.arguments)
        except CondaError:
            # Argparse says it again, in its words.
            arguments = None
        if arguments is None:
            from conda_cli.parsing import parsed  # noqa: PLC0415 - argparse is for lines that are not plain

            width = help_width(self._kernel.terminal, self._kernel.context.environ)
            below = Below(words.command, self._kernel.index, width)
            arguments = parsed(words, plugin.summary, self._kernel.contained(plugin, declare), width, below)
        return arguments, arguments_layer(arguments)

    def _configured(self, arguments: Namespace, typed: Layer) -> Kernel:
        """Return the kernel with its context: defaults, files, environment, arguments, each over the one before."""
        early = self._kernel
        environ = early.context.environ
        own = early.context.root_prefix
        above = (environment_layer(environ), typed)
        files = self._files(early, own, is_root=True)
        context = early.context.with_layers((*files, *above))
        from conda_cli.target import target_prefix  # noqa: PLC0415 - mistyped commands do without

        prefix = target_prefix(context, name=getattr(arguments, "name", None), path=getattr(arguments, "prefix", None))
        files = (*files, *self._files(early, prefix or own, is_root=False))
        return early.with_context(context.with_layers((*files, *above), prefix=prefix))

    @staticmethod
    def _files(kernel: Kernel, prefix: str, *, is_root: bool) -> tuple[Layer, ...]:
        found = kernel.each(CONTEXT_SOURCES, prefix, kernel.context.environ, is_root=is_root)
        return tuple(layer for _, layers in found for layer in layers)

    def _attach_reporter(self) -> None:
        name = "json" if self._known_or_usual(JSON) else self._known_or_usual(CONSOLE)
        self._kernel.reporter.attach(self._kernel.driver(REPORTER_BACKENDS, name))

    def _known_or_usual(self, setting: Setting[T]) -> T:
        """Return a setting, or its default with a warning: whoever mends it needs to be told how."""
        try:
            return self._kernel.context[setting]
        except SettingError as error:
            self._kernel.reporter.tell(Warned(str(error), error.hint))
            return setting.default

    def _check_local(self, typed: Layer) -> None:
        """Raise when the channel that stands for what was built here was asked for, and there is no such folder."""
        channels = typed.entries.get(CHANNELS.name)
        if channels is not None and isinstance(channels.value, list) and LOCAL_CHANNEL in channels.value:
            from conda_kernel.channels import channel_settings  # noqa: PLC0415 - few build packages

            if not channel_settings(self._kernel.context).local_channels:
                raise ChannelUnavailable(
                    "the channel `local` is what conda-build has made here, and there is no folder of it",
                    hint="it makes packages in `~/conda-bld`; the setting `croot` names another folder",
                )

    def _tell_overruled(self, typed: Layer) -> None:
        """Tell of options that do not count because a file of settings seals what they would set."""
        context = self._kernel.context
        if not any(entry.marks.final for layer in context.layers for entry in layer.entries.values()):
            return
        for setting in vars(settings).values():
            if isinstance(setting, Setting) and setting.name in typed.entries:
                entries = context.entries(setting)
                counts = first_that_counts(entries)
                if counts:
                    winner = entries[counts]
                    self._kernel.reporter.tell(
                        Warned(f"`{setting.name}` is `#!final` ({winner.place}), and the command line cannot change it")
                    )

    def _tell_after(self, command: str, arguments: Namespace, prefix: str | None, result: Result) -> None:
        told = self._kernel.call(
            POST_COMMANDS.on(command),
            command=command,
            arguments=arguments,
            prefix=prefix,
            result=result,
            kernel=self._kernel,
        )
        for events in told:
            for event in events or ():
                self._kernel.reporter.tell(event)

    def _tell_unread(self, shown: CondaError | None) -> None:
        """Tell of sources of settings that could not be read, but for the one that ended the command."""
        for layer in self._kernel.context.layers:
            if layer.problem is not None and layer.problem is not shown:
                self._kernel.reporter.tell(Warned(str(layer.problem), layer.problem.hint))
            for warning in layer.warnings:
                self._kernel.reporter.tell(Warned(warning))

    def _failure(self, error: CondaError, cause: BaseException | None = None) -> Result:
        """Return the result that describes an error; attach a reporter when the error came before there was one."""
        if not self._kernel.reporter.is_attached:
            try:
                self._attach_reporter()
            except CondaError as without:
                if str(without) != str(error):
                    self._kernel.terminal.warn(f"warning: {without}\n")
        hints: list[str | None] = []
        try:
            hints = self._kernel.call(ERROR_HINTS.on(type(error).__name__), error=error)
        except PluginError as broken:
            self._kernel.reporter.tell(Warned(str(broken), broken.hint))
        told = tuple(hint for hint in hints if hint)
        if error.__cause__ is not None and (cause is error.__cause__ or isinstance(error, PluginFailed)):
            return self._unforeseen(error, error.__cause__, told)
        if self._shows_trace():
            import traceback  # noqa: PLC0415 - it is shown on request

            self._kernel.terminal.warn(mask_secrets("".join(traceback.format_exception(cause or error))))
        return failure(error, told)

    def _unforeseen(self, error: CondaError, cause: BaseException, hints: tuple[str, ...]) -> Result:
        """Return the result that describes what nobody has foreseen, and write a report of it."""
        from conda_cli.failure_report import FailureReport  # noqa: PLC0415 - as above

        report = FailureReport(cause, self._argv, self._kernel.context, self._kernel.index)
        trace, path = report.trace(), report.write(time.time())
        error.fields.update(command=report.command(), traceback=trace, report=path)
        if path is not None:
            hints += (f"`{path}` says more, without passwords and tokens; look it over before you send it to anybody",)
        if self._shows_trace():
            self._kernel.terminal.warn(trace)
        return failure(error, hints, report.without_secrets)

    def _shows_trace(self) -> bool:
        try:
            return self._kernel.context[DEBUG]
        except CondaError:
            return False


def early_layer(argv: Sequence[str]) -> Layer:
    """Return the settings that decide how everything is told, taken from the command line before it is parsed."""
    options = list(argv[: argv.index("--")] if "--" in argv else argv)
    given: dict[str, object] = {}
    if "--json" in options:
        given["json"] = True
    if "-q" in options or "--quiet" in options:
        given["quiet"] = True
    if "--debug" in options or "--trace" in options:
        given["debug"] = True
    verbose = options.count("--verbose") + sum(
        len(word) - 1 for word in options if word.startswith("-v") and not word.strip("-v")
    )
    if verbose:
        given["verbosity"] = verbose
    return Layer("arguments", {name: Entry(value, "the command line") for name, value in given.items()})
