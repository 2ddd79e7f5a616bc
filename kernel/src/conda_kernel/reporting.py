"""The reporter that everything tells: it passes on to the backend in use, and never lets its failures out."""

from __future__ import annotations

from conda_kernel.model.errors import CondaError, PluginError
from conda_kernel.model.secret import mask_secrets
from conda_kernel.model.typed import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from conda_kernel.model.event import Event, Question
    from conda_kernel.model.result import Result
    from conda_kernel.terminal import Terminal


class ReporterBackend(Protocol):
    """Shows what a command tells."""

    def tell(self, event: Event) -> None:
        """Show an event; called from any thread, never blocks, never raises."""

    def show(self, result: Result) -> None:
        """Show the result of the command; called once, from the main thread, after everything else."""

    def ask(self, question: Question) -> bool:
        """Return the user's answer; raise `Declined` when nobody can be asked."""
        raise NotImplementedError


class Reporter:
    """Passes events, results and questions to the backend, once there is one; keeps what comes before.

    A backend that fails is given up with one warning, and a plain reporter takes its place: events become lines on
    standard error, the result its JSON document on standard output.
    """

    __slots__ = ("_backend", "_early", "_terminal")

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._backend: ReporterBackend | None = None
        self._early: list[Event] = []

    @property
    def is_attached(self) -> bool:
        """True when there is a backend to tell."""
        return self._backend is not None

    def attach(self, backend: ReporterBackend) -> None:
        """Use the backend from now on, and tell it what has happened so far."""
        self._backend = backend
        early, self._early = self._early, []
        for event in early:
            self.tell(event)

    def tell(self, event: Event) -> None:
        """Pass on an event."""
        if self._backend is None:
            self._early.append(event)
            return
        try:
            self._backend.tell(event)
        except Exception as error:  # noqa: BLE001 - a reporter's failure must not become the command's
            self._give_up(error).tell(event)

    def show(self, result: Result) -> None:
        """Show the result; raise `OSError` when standard output is closed or full."""
        try:
            self._attached().show(result)
        except Exception as error:  # noqa: BLE001 - as above: what was computed is not lost with the reporter
            # An error of what is made while it is shown, of which a part is out: it is no second document.
            is_of_the_result = isinstance(error, CondaError) and not isinstance(error, PluginError)
            cause = OSError(mask_secrets(str(error))) if is_of_the_result else error.__cause__ or error
            if isinstance(cause, OSError):
                raise cause from None
            self._give_up(error).show(result)

    def ask(self, question: Question) -> bool:
        """Return the answer to the question."""
        return self._attached().ask(question)

    def _attached(self) -> ReporterBackend:
        backend = self._backend
        if backend is None:
            backend = self._plain()
            self.attach(backend)
        return backend

    def _plain(self) -> ReporterBackend:
        from conda_kernel.plain_reporter import PlainReporter  # noqa: PLC0415 - it is needed when nothing else is left

        return PlainReporter(self._terminal)

    def _give_up(self, error: Exception) -> ReporterBackend:
        self._backend = self._plain()
        self._terminal.warn(f"warning: the reporter failed and is replaced by plain text: {error}\n")
        return self._backend
