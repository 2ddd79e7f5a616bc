"""Which certificates are trusted, and which are shown."""

from __future__ import annotations

import os
import ssl

from conda_kernel.errors import SettingError
from conda_kernel.model.credentials import ClientCertificate
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SYSTEM = "truststore"
"""The value of `ssl_verify` that stands for the certificates of the operating system."""

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The variables that name certificates, the first before the second, where `ssl_verify` is true."""


class Trust(NamedTuple):
    """Whether certificates are verified, or the file or folder of those to trust; or those of the system."""

    verify: bool | str
    of_system: bool = False

    @property
    def is_of_file(self) -> bool:
        """Whether there is one file of all that is trusted."""
        if isinstance(self.verify, str):
            return os.path.isfile(self.verify)
        return self.verify and not self.of_system

    @property
    def file(self) -> str:
        """That file."""
        if isinstance(self.verify, str):
            return self.verify
        import certifi  # noqa: PLC0415 - it takes long to find its file, which a server without TLS does not need

        return certifi.where()


def trust(setting: bool | str, environ: Mapping[str, str]) -> Trust:  # noqa: FBT001 - the value of a setting
    """Return whom to trust; raise `SettingError` for a path where there is nothing."""
    if setting is True:
        named = [(environ[name], f"the variable `{name}`") for name in VARIABLES if environ.get(name)]
        if not named:
            return Trust(verify=True)
        path, source = named[0]
    elif setting is False:
        return Trust(verify=False)
    elif setting.strip().lower() == SYSTEM:
        return Trust(verify=True, of_system=True)
    else:
        path, source = setting, "`ssl_verify`"
    path = os.path.expanduser(path)
    if not os.path.exists(path):
        raise SettingError(
            f"{source} names certificates at `{printable(path)}`, where there is nothing",
            hint="give the path of a file in PEM format, `truststore` for the certificates of the system, or `true` "
            "for the usual ones",
            parameter_name="ssl_verify",
            parameter_value=path,
        )
    return Trust(path)


def shown_certificate(certificate: str | None, key: str | None) -> ClientCertificate | None:
    """Return the certificate that the settings name; raise `SettingError` when it, or its key, cannot be used.

    A key that needs a password is refused: nobody is asked for one.
    """
    if not certificate:
        if key:
            raise SettingError(
                "`client_ssl_cert_key` is set, and `client_ssl_cert` is not",
                hint="set `client_ssl_cert` to the certificate that the key belongs to",
                parameter_name="client_ssl_cert_key",
            )
        return None
    checked = ClientCertificate(os.path.expanduser(certificate), os.path.expanduser(key) if key else None)
    reason = _fault(checked)
    if reason:
        raise SettingError(
            f"the certificate `{printable(checked.certificate)}` of `client_ssl_cert` cannot be used: {reason}",
            hint="`client_ssl_cert` is a file in PEM format, with its key or with `client_ssl_cert_key` beside it; the "
            "key has no password",
            parameter_name="client_ssl_cert",
            parameter_value=certificate,
        )
    return checked


def _fault(shown: ClientCertificate) -> str:
    locked: list[str] = []

    def asked() -> str:
        locked.append("its key needs a password")
        return ""

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(shown.certificate, shown.key, password=asked)
    except ssl.SSLError as error:
        return locked[0] if locked else printable(error.reason or "it is no certificate with a key").lower()
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return ""
