"""Shows what packages have to say before they are linked, in `info/prelink_messages`, and asks whether to go on."""

from __future__ import annotations

import os
import stat

from conda_kernel.errors import Declined
from conda_kernel.model.event import Question, Shown
from conda_kernel.model.paths import printable
from conda_kernel.model.result import Text
from conda_kernel.settings import ALWAYS_YES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conda_kernel.context import Context
    from conda_kernel.model.plan import ExtractedPackage
    from conda_kernel.reporting import Reporter

FOLDER = "info/prelink_messages"

_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_LONGEST, _MOST = 100_000, 100


def agree_to_messages(packages: Iterable[ExtractedPackage], reporter: Reporter, context: Context) -> None:
    """Show the messages, and return when the user goes on, which `--yes` says beforehand; raise `Declined`."""
    views = tuple(
        Text(f"{package.record.dist_name} says:\n\n{text}\n") for package in packages for text in _texts(package.folder)
    )
    if views:
        reporter.tell(Shown(views))
        if not context[ALWAYS_YES] and not reporter.ask(Question("Proceed", default=True)):
            raise Declined("nothing was changed")


def _texts(folder: str) -> Iterator[str]:
    """Yield the texts of the plain files, as they can be shown; what cannot be read says nothing."""
    place = f"{folder}/{FOLDER}"
    try:
        names = sorted(os.listdir(place))[:_MOST] if stat.S_ISDIR(os.lstat(place).st_mode) else []
    except OSError:
        return
    for name in names:
        try:
            descriptor = os.open(f"{place}/{name}", _READ)
            with open(descriptor, "rb") as file:
                text = printable(file.read(_LONGEST).decode("utf-8", "replace"), lines=True).strip()
        except OSError:
            continue
        if text:
            yield text
