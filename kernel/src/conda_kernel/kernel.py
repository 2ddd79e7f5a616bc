"""The kernel: finds what is plugged in, calls it, and says whose it is when it fails."""

from __future__ import annotations

from functools import partial

from conda_kernel.containment import guarded
from conda_kernel.model.errors import PluginConflict, PluginError, PluginFailed, PluginNotLoaded
from conda_kernel.model.event import Warned
from conda_kernel.model.typed import TYPE_CHECKING, ParamSpec, TypeVar, cast
from conda_kernel.plugin_index import imported
from conda_kernel.points import Driver, Extension, Hook, answer_types, taken
from conda_kernel.settings import PLUGIN_DEADLINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conda_kernel.breadcrumb import Breadcrumb
    from conda_kernel.context import Context
    from conda_kernel.model.plugin import Plugin
    from conda_kernel.plugin_index import PluginIndex
    from conda_kernel.reporting import Reporter
    from conda_kernel.terminal import Terminal

T = TypeVar("T")
P = ParamSpec("P")


class Kernel:
    """Plugins, settings and the reporter of one command.

    A service gets it when it is made, takes what it needs and hands it on to nobody.
    """

    def __init__(
        self,
        index: PluginIndex,
        context: Context,
        reporter: Reporter,
        *,
        terminal: Terminal,
        breadcrumb: Breadcrumb,
    ) -> None:
        self.index = index
        self.context = context
        self.reporter = reporter
        self.terminal = terminal
        self._breadcrumb = breadcrumb
        self._drivers: dict[tuple[str, str], object] = {}
        self._targets: dict[str, object] = {}
        self._endings: list[Callable[[], object]] = []

    def with_context(self, context: Context) -> Kernel:
        """Return the kernel for another context; what was loaded stays loaded, what was made is made anew."""
        kernel = Kernel(self.index, context, self.reporter, terminal=self.terminal, breadcrumb=self._breadcrumb)
        kernel._targets = self._targets
        kernel._endings = self._endings
        return kernel

    def at_end(self, call: Callable[[], object]) -> None:
        """Have something done when the command is over, however it ends, while abandoned threads may still run.

        It is called from the main thread and must neither wait nor raise: the process ends at once afterwards.
        """
        self._endings.append(call)

    def end(self) -> None:
        """Do what is to be done at the end, the last first; for who has made the kernel."""
        while self._endings:
            self._endings.pop()()

    def driver(self, point: Driver[T], name: str | None = None) -> T:
        """Return the implementation of a name, or the only one of a point that has one for everybody.

        It is made once, and has the methods of the contract and no others. Raises `PluginNotFound`, `PluginConflict`,
        `PluginNotLoaded`, or `PluginFailed` when the object does not fulfil the contract.
        """
        plugin = self.find(point, name)
        key = (plugin.group, plugin.name)
        if key not in self._drivers:
            self._drivers[key] = self._made(point, plugin)
        return cast("T", self._drivers[key])

    def each(self, point: Extension[P, T], *arguments: P.args, **keywords: P.kwargs) -> Iterator[tuple[Plugin, T]]:
        """Call every implementation of an extension, one at a time, and yield what each answered.

        A function that takes fewer arguments than the contract offers is given the first ones.
        A failure of a contained extension is told as a warning; that of another ends the command. Contained ones are
        imported and called in a thread of their own, ahead of whoever takes the answers.
        """
        called = [plugin for plugin in self.index.group(point.group) if plugin.name not in point.skipped]
        calls = [(plugin, partial(self._answer, point, plugin, *arguments, **keywords)) for plugin in called]
        for plugin, answer in self._in_turn(calls) if point.contained else calls:
            try:
                yield plugin, answer()
            except PluginError as error:
                self._failed(point, error)

    def call(self, hook: Hook[P, T], *arguments: P.args, **keywords: P.kwargs) -> list[T]:
        """Call all implementations of a hook, in the order of their names; return the answers that are not `None`."""
        if arguments:
            raise TypeError("a hook is called with keywords")
        plugins = [plugin for group in hook.groups() for plugin in self.index.group(group)]
        if not plugins:
            return []
        from conda_kernel.hooks import answers_of, offered_to  # noqa: PLC0415 - pluggy is for hooks that are implemented

        known = cast("Hook[..., object]", hook)
        calls = []
        for plugin in plugins:
            try:
                call = offered_to(known, plugin, cast("Callable[..., object]", self.load(plugin)))
                call = guarded(plugin, self._breadcrumb, answer_types(known.contract), call)
                calls.append((plugin, partial(self._within, plugin, call) if known.contained else call))
            except PluginError as error:
                self._failed(known, error)
        return cast("list[T]", answers_of(known, calls, keywords, lambda error: self._failed(known, error)))

    def find(self, point: Driver[T], name: str | None = None) -> Plugin:
        """Return the plugin of a name, or the only one of the point; raise `PluginNotFound` or `PluginConflict`."""
        if name is None:
            found, told = self.index.group(point.group), f"{point.group} can have one plugin"
        else:
            found = self.index.named(point.group, name)
            told = f"several distributions bring `{name}` of {point.group}"
        if found:
            return found[0] if len(found) == 1 else self._preferred(point.group, found, told)
        from conda_kernel.known_plugins import absence  # noqa: PLC0415 - a table that only this error reads

        raise absence(self.index, point.group, name or "")

    def load(self, plugin: Plugin) -> object:
        """Return the target of a plugin; raise `PluginNotLoaded`, the cause chained, when it cannot be imported."""
        target = plugin.target
        if target not in self._targets:
            module, _, path = target.partition(":")
            entered = self._breadcrumb.enter(plugin)
            try:
                found: object = imported(module)
                for attribute in path.split(".") if path else ():
                    found = getattr(found, attribute)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                raise PluginNotLoaded(plugin, f"{type(error).__name__}: {error} (target `{target}`)") from error
            finally:
                self._breadcrumb.leave(entered)
            if not callable(found):
                raise PluginNotLoaded(plugin, f"its target `{target}` cannot be called")
            self._targets[target] = found
        return self._targets[target]

    def contained(self, plugin: Plugin, function: Callable[P, T]) -> Callable[P, T]:
        """Return a function of a plugin that names it when it fails, for what a contract's methods do not cover."""
        return guarded(plugin, self._breadcrumb, frozenset(), function)

    def breadcrumbs(self) -> list[str]:
        """Return the plugins that were running when earlier commands ended without a word, and forget them."""
        return self._breadcrumb.left_behind()

    def _made(self, point: Driver[T], plugin: Plugin) -> object:
        make = cast("Callable[..., object]", self.load(plugin))
        arguments = (self,) if point.service else ()
        made = guarded(plugin, self._breadcrumb, frozenset(), make)(*arguments)
        methods = {}
        for name in point.methods():
            method = getattr(made, name, None)
            if not callable(method):
                raise PluginFailed(plugin, f"it has no method `{name}`, which {point.group} asks for")
            methods[name] = guarded(plugin, self._breadcrumb, answer_types(getattr(point.contract, name)), method)
        return Facet(plugin, methods)

    def _answer(self, point: Extension[P, T], plugin: Plugin, *arguments: P.args, **keywords: P.kwargs) -> T:
        function = cast("Callable[..., T]", self.load(plugin))
        call = guarded(plugin, self._breadcrumb, answer_types(point.contract), function)
        return call(*arguments[: taken(function)], **keywords)

    def _in_turn(self, calls: list[tuple[Plugin, partial[T]]]) -> Iterator[tuple[Plugin, Callable[[], T]]]:
        from conda_kernel.deadline import in_turn  # noqa: PLC0415 - threads are imported when a call has a deadline

        return in_turn(self.context[PLUGIN_DEADLINE], calls)

    def _within(self, plugin: Plugin, call: Callable[..., T], *arguments: object) -> T:
        from conda_kernel.deadline import within  # noqa: PLC0415 - as above

        return within(self.context[PLUGIN_DEADLINE], plugin, call, *arguments)

    def _preferred(self, group: str, found: tuple[Plugin, ...], told: str) -> Plugin:
        wanted = self.index.selection.preferred.get(group)
        chosen = [plugin for plugin in found if wanted in (plugin.name, plugin.distribution)]
        if wanted and len(chosen) == 1:
            return chosen[0]
        contenders = " and ".join(f"{plugin.distribution} {plugin.version}" for plugin in found)
        raise PluginConflict(
            f"{told}: {contenders}",
            hint="uninstall one, or name the one to use in `plugins.json`: "
            f'{{"preferred": {{"{group}": "{found[0].distribution}"}}}}',
            group=group,
            distributions=[plugin.distribution for plugin in found],
        )

    def _failed(self, point: Extension[..., T] | Hook[..., T], error: PluginError) -> None:
        """Tell of what a plugin did as a warning; raise it where the point is fatal."""
        if not point.contained:
            raise error
        self.reporter.tell(Warned(str(error), error.hint))


class Facet:
    """A finished driver as its callers see it: the methods of its contract, which name the plugin when they fail."""

    def __init__(self, plugin: Plugin, methods: dict[str, Callable[..., object]]) -> None:
        self.plugin = plugin
        self.__dict__.update(methods)
