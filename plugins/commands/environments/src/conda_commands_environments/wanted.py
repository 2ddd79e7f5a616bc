"""What a command is asked to install: match specs, or packages that are given by URL or path (CEP 23)."""

from __future__ import annotations

from conda_commands_environments.package_specs import ARCHIVES, file_text, package_specs
from conda_kernel.errors import UsageError
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.context import Context
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.explicit import ExplicitPackage
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.plan import Change
    from conda_kernel.reporting import Reporter


class Wanted(NamedTuple):
    """Either specs, for a solver, or the lines that name packages as they are to be installed."""

    specs: tuple[MatchSpec, ...] = ()
    explicit: tuple[ExplicitPackage, ...] = ()
    is_explicit: bool = False

    def with_logins(self, kernel: Kernel) -> Kernel:
        """Return the kernel, with the logins that URLs of packages bring."""
        if not self.is_explicit:
            return kernel
        from conda_commands_environments.explicit_change import with_logins  # noqa: PLC0415 - few are named so

        return with_logins(kernel, self.explicit)

    def explicit_change(self, change: Change, context: Context, reporter: Reporter) -> Change:
        """Return the change for packages that are not left to a solver; raise what `explicit_change` raises."""
        from conda_commands_environments.explicit_change import explicit_change  # noqa: PLC0415 - as above

        return explicit_change(change, self.explicit, context, reporter)


def wanted(texts: Sequence[str], files: Sequence[str], platform: str) -> Wanted:
    """Return what was typed and what files list, for an environment of the platform.

    Raises UsageError when packages by URL and by name are mixed, OtherPlatform, InvalidExplicitLine, and what
    `package_specs` raises.
    """
    archives = [text for text in texts if _is_archive(text)]
    lists = _explicit_lists(files) if files else {}
    if not archives and not lists:
        return Wanted(package_specs(texts, files))
    if len(archives) + len(lists) < len(texts) + len(files):
        raise UsageError("packages by URL or path and packages by name do not go together", hint="run two commands")
    from conda_commands_environments.explicit_packages import explicit_packages  # noqa: PLC0415 - few are named so

    return Wanted(explicit=explicit_packages(archives, lists, platform), is_explicit=True)


def _is_archive(text: str) -> bool:
    place = text.partition("#")[0]
    return "[" not in place and place.endswith(ARCHIVES)


def _explicit_lists(files: Sequence[str]) -> dict[str, str]:
    from conda_kernel.model.explicit import is_explicit  # noqa: PLC0415 - for files alone

    return {file: text for file in files if is_explicit(text := file_text(file))}
