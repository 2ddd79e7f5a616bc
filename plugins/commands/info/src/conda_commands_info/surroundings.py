"""Tells about what surrounds conda: the interpreter, folders of site-packages, variables that can be to blame."""

from __future__ import annotations

import os
import re
import sys

import conda_kernel
from conda_kernel.model.secret import HIDDEN, mask_secrets, names_a_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLES = re.compile(
    r"CONDA_\w+|MAMBA_\w+|PYTHON\w+|PATH|(?:LD|DYLD)_\w+|\w*_PROXY|SSL_CERT_\w+|\w+_CA_BUNDLE|NETRC|XDG_\w+_HOME"
    r"|VIRTUAL_ENV|TMPDIR|NO_COLOR|TERM",
    re.IGNORECASE,
)
"""The names of variables that conda, or what it is made of, looks at."""

PROXY = re.compile(r"(?!no_)\w*_proxy", re.IGNORECASE)
SET = "<set>"


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that matter, by name; of proxies no more than that they are set, and no secret."""
    return {name: _shown(name, value) for name, value in sorted(environ.items()) if VARIABLES.fullmatch(name)}


def site_folders(environ: Mapping[str, str]) -> list[str]:
    """Return the folders below the user's home in which any Python keeps packages that every environment sees."""
    home = environ.get("HOME") or environ.get("USERPROFILE") or ""
    above = os.path.join(home, ".local", "lib")
    try:
        names = sorted(os.listdir(above)) if home else []
    except OSError:
        return []
    return [os.path.join(above, name) for name in names if name.startswith("python")]


def system(environ: Mapping[str, str]) -> dict[str, object]:
    """Return what `conda info --system` tells, under the names that conda gives it."""
    return {
        "sys.version": sys.version,
        "sys.prefix": sys.prefix,
        "sys.executable": sys.executable,
        "conda_location": os.path.dirname(os.path.abspath(conda_kernel.__file__)),
        "site_dirs": site_folders(environ),
        "env_vars": variables(environ),
    }


def system_rows(facts: Mapping[str, object]) -> tuple[tuple[str, str | tuple[str, ...]], ...]:
    """Return what people see of `system`."""
    told = {
        name: tuple(map(str, value)) or ("none",) if isinstance(value, list) else str(value).replace("\n", " ")
        for name, value in facts.items()
        if name != "env_vars"
    }
    told["user site dirs"] = told.pop("site_dirs")
    told["conda location"] = told.pop("conda_location")
    found = facts["env_vars"]
    return (*told.items(), *(found.items() if isinstance(found, dict) else ()))


def _shown(name: str, value: str) -> str:
    if PROXY.fullmatch(name):
        return SET
    return HIDDEN if names_a_secret(name) else mask_secrets(value)
