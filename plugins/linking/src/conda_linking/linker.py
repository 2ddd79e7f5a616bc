"""Changes environments by a journal: killed at any moment, one is as before the change or as after it.

A change stages everything beside the environment, in `conda-meta/.staging-…`, and then moves it into place by renames
that the journal has announced. The commit point is one line of the journal, `{"state":"committed"}`, written when
files, records and history are in place and all actions are done. Before it recovery undoes: what was moved is moved
back. After it recovery completes: what was kept is deleted, and then the journal.
"""

from __future__ import annotations

import os
import time

from conda_kernel.channels import channel_settings, target_subdir
from conda_kernel.errors import CondaError, NotAnEnvironment
from conda_kernel.hookspecs import POST_TRANSACTION_ACTIONS, PRE_TRANSACTION_ACTIONS
from conda_kernel.model.channel import ChannelNames
from conda_kernel.model.environment import is_environment
from conda_kernel.model.event import Told, Warned
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.paths import printable
from conda_kernel.model.plan import Recovery
from conda_kernel.plugin_index import PluginIndex
from conda_kernel.settings import ALWAYS_COPY, CLOBBER, SAFETY_CHECKS
from conda_linking.collecting import uncollected
from conda_linking.faults import failed, not_undone
from conda_linking.interruption import uninterrupted
from conda_linking.journal import Journal, Patience, journal_path, sweep, take
from conda_linking.journal import settle as wait_or_recover
from conda_linking.link_kinds import LinkPolicy
from conda_linking.moves import sweep_settled
from conda_linking.own_prefix import import_ahead, is_own_prefix
from conda_linking.owner import this_process
from conda_linking.plan_text import plan_as_json, plan_from_json
from conda_linking.policies import Policies
from conda_linking.prelink_messages import agree_to_messages
from conda_linking.settings import (
    ALLOW_PRE_LINK_SCRIPTS,
    ALLOW_SOFTLINKS,
    ALWAYS_SOFTLINK,
    COMPILE,
    EXTRA_SAFETY_CHECKS,
    LINK_SCRIPTS,
    LOCK_TIMEOUT,
    PATH_CONFLICT,
    TRUSTED_LINK_SCRIPTS,
)
from conda_linking.settlement import commit, settle
from conda_linking.transaction import Transaction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.plan import Action, Applied, ExtractedPackage, Plan
    from conda_kernel.points import Hook
    from conda_linking.settlement import Begun, UndoAction


class Linker:
    """Links and unlinks packages, one change of an environment at a time.

    `clock` counts seconds for waiting, `sleep` waits, `now` is the time since 1970 for the history.
    """

    def __init__(
        self,
        kernel: Kernel,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._kernel = kernel
        self._tell = kernel.reporter.tell
        self._clock = clock
        self._sleep = sleep
        self._now = now
        self._channel_name = ChannelNames(channel_settings(kernel.context))

    def apply(self, plan: Plan, packages: Sequence[ExtractedPackage], actions: Sequence[Action]) -> Applied:
        """Carry out the plan.

        Raises `PrefixLocked` when another process is at it for too long, `StalePlan` when the environment is not the
        one that the plan was made for, `NotAnEnvironment`, `LinkFailed`, `PackageCorrupt` or `UnsafePath` when
        something cannot be done, and `Declined` when a package has something to say and the user then says no.
        Whatever is raised, Ctrl-C too, the environment is as it was before.
        """
        prefix = plan.prefix
        if not plan.change.creates and not is_environment(prefix) and not os.path.lexists(journal_path(prefix)):
            raise NotAnEnvironment(f"not an environment: `{printable(prefix)}`", location=prefix)
        agree_to_messages(packages, self._kernel.reporter, self._kernel.context)
        actions = [self._guarded(action) for action in actions]
        if is_own_prefix(prefix):
            import_ahead(self._kernel)
        try:
            self._sweep(prefix)
            journal = take(prefix, plan_as_json(plan), this_process(), self._patience(), self._recovered)
            return self._applied(plan, packages, actions, journal)
        except OSError as error:
            raise failed(prefix, error) from error

    def recover(self, prefix: str) -> Recovery:
        """Bring a change to its end that another process left unfinished.

        Waits for a process that is at it, and raises `PrefixLocked` when that takes too long, `JournalDamaged` when it
        cannot be told what is to be done.
        """
        if is_own_prefix(prefix):
            import_ahead(self._kernel)
        patience = self._patience()
        outcome = Recovery.NOTHING

        def recovered(journal: Journal) -> None:
            nonlocal outcome
            outcome = self._settled(prefix, journal)

        try:
            self._sweep(prefix)
            while outcome is Recovery.NOTHING and os.path.lexists(journal_path(prefix)):
                wait_or_recover(prefix, this_process(), patience, recovered)
        except OSError as error:
            raise failed(prefix, error) from error
        return outcome

    def _applied(
        self, plan: Plan, packages: Sequence[ExtractedPackage], actions: Sequence[Action], journal: Journal
    ) -> Applied:
        by_name = {(action.name, action.is_before): action for action in actions}

        def undo(begun: Begun) -> None:
            try:
                by_name[begun.name, begun.is_before].undo(begun.answer)
            except CondaError as error:
                self._tell(Warned(f"`{begun.name}` could not be undone: {error}", error.hint))

        applied = None
        try:
            transaction = Transaction(plan, packages, self._policies(), journal, self._tell, self._channel_name)
            with uncollected():
                applied = transaction.carry_out(actions, self._now())
            commit(journal)
        except BaseException:
            with uninterrupted():
                recovery = self._roll_back(plan.prefix, journal, undo)
            if applied is not None and recovery is Recovery.COMPLETED:
                # The interruption came too late: what was asked for is done.
                return applied
            raise
        with uninterrupted():
            try:
                settle(plan.prefix, journal, undo)
            except OSError as error:
                journal.close()
                self._tell(Warned(f"the change is done, and cannot be tidied up: {failed(plan.prefix, error)}"))
        return applied

    def _roll_back(self, prefix: str, journal: Journal, undo: UndoAction) -> Recovery:
        try:
            return settle(prefix, journal, undo)
        except OSError as error:
            journal.close()
            raise not_undone(prefix, error) from error

    def _recovered(self, journal: Journal) -> None:
        prefix = os.path.dirname(os.path.dirname(journal.path))
        self._settled(prefix, journal)

    def _settled(self, prefix: str, journal: Journal) -> Recovery:
        """Settle what a dead process left; its actions are looked up among the plugins by their names."""
        self._tell(Told(f"finishing a change of `{printable(prefix)}` that was interrupted"))

        def undo(begun: Begun) -> None:
            try:
                plan = plan_from_json(journal.head().get("plan"), prefix, self._channel_name)
                self._action(begun, plan).undo(begun.answer)
            except CondaError as error:
                self._tell(Warned(f"`{begun.name}` could not be undone: {error}", error.hint))

        try:
            return settle(prefix, journal, undo)
        except BaseException:
            journal.close()
            raise

    def _action(self, begun: Begun, plan: Plan) -> Action:
        """Return the action that the plugin of that name has for the plan; raise `CondaError` when there is none."""
        hook = _hook(is_before=begun.is_before)
        plugins = self._kernel.index.named(hook.group, begun.name)
        if len(plugins) != 1:
            raise CondaError(f"no plugin `{begun.name}` is installed that knows how")
        alone = self._kernel.with_context(self._kernel.context)
        alone.index = PluginIndex.of(plugins)
        for action in alone.call(hook, plan=plan, context=alone.context):
            if action is not None:
                return self._guarded(action.replaced(is_before=begun.is_before))
        raise CondaError("it has nothing to undo")

    def _guarded(self, action: Action) -> Action:
        """Return the action so that its failures name the plugin that it is of."""
        plugins = self._kernel.index.named(_hook(is_before=action.is_before).group, action.name)
        if len(plugins) != 1:
            return action
        contained = self._kernel.contained
        return action.replaced(do=contained(plugins[0], action.do), undo=contained(plugins[0], action.undo))

    def _sweep(self, prefix: str) -> None:
        sweep_settled(prefix)
        sweep(prefix, this_process())

    def _patience(self) -> Patience:
        return Patience(
            self._kernel.context[LOCK_TIMEOUT], self._clock, self._sleep, lambda text: self._tell(Told(text))
        )

    def _policies(self) -> Policies:
        context = self._kernel.context
        return Policies(
            root_prefix=context.root_prefix,
            environ=context.environ,
            subdir=target_subdir(context),
            links=LinkPolicy(context[ALWAYS_COPY], context[ALWAYS_SOFTLINK], context[ALLOW_SOFTLINKS]),
            path_conflict="clobber" if context[CLOBBER] else context[PATH_CONFLICT],
            safety_checks=context[SAFETY_CHECKS],
            extra_safety_checks=context[EXTRA_SAFETY_CHECKS],
            link_scripts=context[LINK_SCRIPTS],
            trusted=tuple(MatchSpec.parse(text) for text in context[TRUSTED_LINK_SCRIPTS]),
            pre_link_scripts=context[ALLOW_PRE_LINK_SCRIPTS],
            compiles=context[COMPILE],
        )


def _hook(*, is_before: bool) -> Hook[..., Action | None]:
    return PRE_TRANSACTION_ACTIONS if is_before else POST_TRANSACTION_ACTIONS
