"""Which certificates are trusted."""

from __future__ import annotations

import os

from conda_kernel.errors import SettingError
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The variables that name certificates, the first before the second, where `ssl_verify` is true."""


def verification(setting: bool | str, environ: Mapping[str, str]) -> bool | str:  # noqa: FBT001 - the value of a setting
    """Return whether certificates are verified, or the file of those to trust.

    Raises `SettingError` for a path where there is nothing, and for `truststore`, which the library cannot do.
    """
    if setting is False:
        return False
    if setting is True:
        named = [environ[name] for name in VARIABLES if environ.get(name)]
        return os.path.expanduser(named[0]) if named else True
    path = os.path.expanduser(setting)
    if setting.strip().lower() == "truststore" or not os.path.exists(path):
        raise SettingError(
            f"`ssl_verify` cannot be `{printable(setting)}` for `s3:` URLs: it is not the path of certificates",
            hint="give the path of a file in PEM format, or `true`, and name the file in `AWS_CA_BUNDLE`",
            parameter_name="ssl_verify",
            parameter_value=setting,
        )
    return path
