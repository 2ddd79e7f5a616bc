"""The kernel: finds what is plugged in, calls it, and says whose it is when it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from conda_kernel.containment import guarded
from conda_kernel.errors import PluginConflict, PluginError, PluginFailed, PluginNotFound, PluginNotLoaded
from conda_kernel.model.event import Warned
from conda_kernel.plugin import imported
from conda_kernel.points import Driver, Extension, Hook, answer_types
from conda_kernel.settings import PLUGIN_DEADLINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conda_kernel.breadcrumb import Breadcrumb
    from conda_kernel.context import Context
    from conda_kernel.plugin import Plugin
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
        plugin = self._sole(point) if name is None else self.find(point, name)
        key = (plugin.group, plugin.name)
        if key not in self._drivers:
            self._drivers[key] = self._made(point, plugin)
        return cast("T", self._drivers[key])

    def each(self, point: Extension[P, T], *arguments: P.args, **keywords: P.kwargs) -> Iterator[tuple[Plugin, T]]:
        """Call every implementation of an extension, one at a time, and yield what each answered.

        A function that takes fewer arguments than the contract offers is given the first ones.
        A failure of a contained extension is told as a warning; that of another ends the command.
        """
        answers = answer_types(point.contract)
        for plugin in self.index.group(point.group):
            if plugin.name in point.skipped:
                continue
            try:
                function = cast("Callable[..., T]", self.load(plugin))
                call = guarded(plugin, self._breadcrumb, answers, function)
                # What is no function, or names no arguments, gets them all.
                given = arguments[: getattr(getattr(function, "__code__", None), "co_argcount", 0) or None]
                if point.contained:
                    yield plugin, self._in_time(plugin, call, *given, **keywords)
                else:
                    yield plugin, call(*given, **keywords)
            except PluginError as error:
                if not point.contained:
                    raise
                self.reporter.tell(Warned(str(error), error.hint))

    def call(self, hook: Hook[P, T], *arguments: P.args, **keywords: P.kwargs) -> list[T]:
        """Call all implementations of a hook, in the order of their names; return the answers that are not `None`."""
        if arguments:
            raise TypeError("a hook is called with keywords")
        plugins = [plugin for group in hook.groups() for plugin in self.index.group(group)]
        if not plugins:
            return []
        from conda_kernel.hooks import answers_of  # noqa: PLC0415 - pluggy is imported when a hook has implementations

        facets = []
        for plugin in plugins:
            try:
                facets.append((plugin, cast("Callable[..., object]", self.load(plugin))))
            except PluginError as error:
                self._fail_or_warn(error, contained=hook.contained)
        deadline = self.context[PLUGIN_DEADLINE] if hook.contained else None
        known = cast("Hook[..., object]", hook)
        return cast("list[T]", answers_of(known, facets, keywords, self._breadcrumb, deadline, self._warn))

    def find(self, point: Driver[T], name: str) -> Plugin:
        """Return the plugin of a name; raise `PluginNotFound` or `PluginConflict`."""
        found = self.index.named(point.group, name)
        if len(found) == 1:
            return found[0]
        if found:
            return self._preferred(point.group, found, f"several distributions bring `{name}` of {point.group}")
        raise self._absent(point.group, name)

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

    def _in_time(self, plugin: Plugin, call: Callable[..., T], *arguments: object, **keywords: object) -> T:
        from conda_kernel.deadline import within  # noqa: PLC0415 - threads are imported when a call has a deadline

        return within(self.context[PLUGIN_DEADLINE], plugin, lambda: call(*arguments, **keywords))

    def _sole(self, point: Driver[T]) -> Plugin:
        found = self.index.group(point.group)
        if len(found) == 1:
            return found[0]
        if found:
            return self._preferred(point.group, found, f"{point.group} can have one plugin")
        raise self._absent(point.group, "")

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

    def _absent(self, group: str, name: str) -> PluginNotFound:
        from conda_kernel.known_plugins import absence  # noqa: PLC0415 - a table that only this error reads

        return absence(self.index, group, name)

    def _fail_or_warn(self, error: PluginError, *, contained: bool) -> None:
        if not contained:
            raise error
        self._warn(error)

    def _warn(self, error: PluginError) -> None:
        self.reporter.tell(Warned(str(error), error.hint))


class Facet:
    """A finished driver as its callers see it: the methods of its contract, which name the plugin when they fail."""

    def __init__(self, plugin: Plugin, methods: dict[str, Callable[..., object]]) -> None:
        self.plugin = plugin
        self.__dict__.update(methods)
