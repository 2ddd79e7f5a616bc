"""Which certificates are trusted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from conda_kernel.errors import SettingError
from conda_kernel.model.paths import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The variables that name certificates, the first before the second, where `ssl_verify` is true."""


def verification(setting: bool | str, environ: Mapping[str, str]) -> bool | str:  # noqa: FBT001 - the value of a setting
    """Return whether certificates are verified, or the file or folder of those to trust.

    Raises `SettingError` for a path where there is nothing.
    """
    if setting is True:
        named = [(environ[name], f"the variable `{name}`") for name in VARIABLES if environ.get(name)]
        if not named:
            return True
        path, source = named[0]
    elif setting is False:
        return False
    else:
        path, source = setting, "`ssl_verify`"
    path = os.path.expanduser(path)
    if not os.path.exists(path):
        raise SettingError(
            f"{source} names certificates at `{printable(path)}`, where there is nothing",
            hint="give the path of a file in PEM format, or `true` for the usual certificates",
            parameter_name="ssl_verify",
            parameter_value=path,
        )
    return path
