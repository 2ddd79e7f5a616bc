"""Shows a plan, asks, carries it out, and says what came of it."""

from __future__ import annotations

from conda_commands_environments.agreement import agree
from conda_commands_environments.plan_document import ALL_INSTALLED, plan_document
from conda_kernel.errors import PluginNotFound
from conda_kernel.hookspecs import PACKAGE_CACHES, PLANNERS
from conda_kernel.model.event import Shown, Told, Warned
from conda_kernel.model.result import Result, Text, Verbatim
from conda_kernel.settings import DRY_RUN, SHOW_CHANNEL_URLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from conda_kernel.context import Context
    from conda_kernel.hookspecs import PackageCache, Planner
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.plan import ExtractedPackage, Plan
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.result import View
    from conda_kernel.reporting import Reporter


class PlanViews:
    """Views that are made when they are gone through, which no program does."""

    def __init__(self, make: Callable[[], tuple[View, ...]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[View]:
        return iter(self._make())


class Execution:
    """What commands do with a plan: `planner` carries it out, `cache` is where packages are kept."""

    def __init__(
        self, planner: Planner, cache: Callable[[], PackageCache], context: Context, reporter: Reporter
    ) -> None:
        self._planner = planner
        self._cache = cache
        self._context = context
        self._reporter = reporter

    @classmethod
    def on(cls, kernel: Kernel) -> Execution:
        """Return what the planner and the cache of a kernel carry out."""
        return cls(kernel.driver(PLANNERS), lambda: kernel.driver(PACKAGE_CACHES), kernel.context, kernel.reporter)

    def of(
        self, plan: Plan, *, around: AbstractContextManager[object] | None = None, is_stated: bool = False
    ) -> Result:
        """Show the plan, ask, and carry it out inside `around`; raise `Declined` when the answer is no.

        A dry run ends with the plan. The packages are in the cache before `around` is entered. Of those of a plan that
        `is_stated` only URL and name are known, and the plan is made anew when they are there.
        """
        if plan.is_empty and not plan.change.creates:
            return nothing_to_do()
        if self._context[DRY_RUN]:
            return self.dry_run(plan)
        self.show(plan)
        agree(self._reporter, self._context, "Proceed", default=True)
        if around is None and not is_stated:
            return self.carried_out(plan)
        return self._carried_out_inside(around, plan, is_stated=is_stated)

    def show(self, plan: Plan) -> None:
        """Show the plan."""
        self._reporter.tell(Shown((self._shown(plan, self._missing(plan)),)))

    def dry_run(self, plan: Plan) -> Result:
        """Return the result of a change that was only planned; where nobody keeps packages, none is to be fetched."""
        try:
            missing = self._missing(plan)
        except PluginNotFound:
            missing = ()
        views = PlanViews(lambda: (self._shown(plan, missing), Text("dry run: nothing was changed")))
        return Result(plan_document(plan, fetched=missing, dry_run=True), views)

    def carried_out(self, plan: Plan, *, fetched: Sequence[PackageRecord] = ()) -> Result:
        """Carry the plan out, and tell what there is to tell; `fetched` are packages that were brought before."""
        outcome = self._planner.carry_out(plan)
        applied = outcome.applied
        for warning in applied.warnings:
            self._reporter.tell(Warned(warning))
        for message in applied.messages:
            self._reporter.tell(Told(message))
        return Result(plan_document(outcome.plan, fetched=(*fetched, *outcome.fetched), messages=applied.messages))

    def _carried_out_inside(
        self, around: AbstractContextManager[object] | None, plan: Plan, *, is_stated: bool
    ) -> Result:
        from contextlib import nullcontext  # noqa: PLC0415 - not for a dry run

        with self._provided(plan, is_stated=is_stated) as packages, around or nullcontext():
            complete = self._completed(plan, packages) if is_stated else plan
            return self.carried_out(complete, fetched=[package.record for package in packages if package.fetched])

    def downloaded(self, plan: Plan, *, is_stated: bool = False) -> Result:
        """Show the plan, ask, and bring its packages into the cache, and nothing more."""
        if self._context[DRY_RUN]:
            return self.dry_run(plan)
        self.show(plan)
        agree(self._reporter, self._context, "Download these packages", default=True)
        with self._provided(plan, is_stated=is_stated) as packages:
            fetched = [package.record for package in packages if package.fetched]
        document = {**plan_document(plan, fetched=fetched), "download_only": True}
        return Result(document, (Text(f"{len(plan.link)} packages are in the cache; nothing was installed"),))

    def _missing(self, plan: Plan) -> tuple[PackageRecord, ...]:
        return self._cache().missing(plan.link) if plan.link else ()

    def _shown(self, plan: Plan, missing: Sequence[PackageRecord]) -> Verbatim:
        from conda_commands_environments.plan_text import plan_text  # noqa: PLC0415 - for people alone

        return Verbatim(plan_text(plan, missing, show_channels=self._context[SHOW_CHANNEL_URLS]))

    def _provided(self, plan: Plan, *, is_stated: bool) -> AbstractContextManager[Sequence[ExtractedPackage]]:
        if not plan.link:
            from contextlib import nullcontext  # noqa: PLC0415 - likewise

            return nullcontext(())
        return self._cache().provide_stated(plan.link) if is_stated else self._cache().provide(plan.link)

    def _completed(self, plan: Plan, packages: Sequence[ExtractedPackage]) -> Plan:
        """Return the plan made anew for what the packages say of themselves."""
        return self._planner.plan(plan.change.replaced(records=tuple(package.record for package in packages)))


def nothing_to_do() -> Result:
    """Return the result for an environment that is as it is wanted."""
    return Result({"success": True, "message": ALL_INSTALLED}, (Verbatim(f"\n# {ALL_INSTALLED}\n\n"),))
