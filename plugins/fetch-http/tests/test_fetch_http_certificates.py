"""Whom the adapter trusts over TLS, and whom it shows a certificate: real servers, certificates made for the test."""

from __future__ import annotations

import datetime as dt
import os
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from conda_fetch_http.adapter import HttpAdapter
from conda_kernel.errors import FetchError, SettingError
from conda_kernel.model.credentials import ClientCertificate, Credential
from conda_kernel.model.event import Warned
from conda_kernel.model.fetching import AdapterRequest
from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.kernels import RecordingReporter, make_kernel
from conda_testing.server import ChannelServer, Redirect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

YESTERDAY = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)


class Authority:
    """Who signs certificates: `file` is what a user trusts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = trustme.CA()
        self.file = os.fspath(folder / "authority.pem")
        self._authority.cert_pem.write_to_path(self.file)

    def context(self, *names: str, until: dt.datetime | None = None) -> ssl.SSLContext:
        """Return what a server of these names runs with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(*names, not_after=until).configure_cert(context)
        self._authority.configure_trust(context)
        return context

    def certificate(self, password: str = "") -> ClientCertificate:
        """Return the certificate of a user, with its key in another file."""
        made = self._authority.issue_cert("me@h.example")
        key = load_pem_private_key(made.private_key_pem.bytes(), None)
        locked = BestAvailableEncryption(password.encode()) if password else None
        paths = [os.fspath(self._folder / name) for name in ("mine.pem", "key.pem")]
        made.cert_chain_pems[0].write_to_path(paths[0])
        with open(paths[1], "wb") as file:
            file.write(
                key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)
                if locked is not None
                else made.private_key_pem.bytes()
            )
        return ClientCertificate(*paths)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "served" / "c").mkdir(parents=True)
    (tmp_path / "served" / "c" / "x").write_bytes(b"content")
    return os.fspath(tmp_path / "served")


@pytest.fixture
def secure(folder: str, authority: Authority) -> Iterator[ChannelServer]:
    with ChannelServer(folder, tls=authority.context("127.0.0.1")) as server:
        yield server


@pytest.fixture
def private(folder: str, authority: Authority) -> Iterator[ChannelServer]:
    """A server that wants to see a certificate."""
    context = authority.context("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    with ChannelServer(folder, tls=context) as server:
        yield server


WAYS = pytest.mark.parametrize("way", ["direct", "session"])


def one_way(adapter: HttpAdapter, way: str) -> HttpAdapter:
    """Return the adapter, which makes all requests in sessions, or only those that have to be."""
    if way == "session":
        adapter._direct = None
    return adapter


def adapter_with(folder: Path, **settings: object) -> HttpAdapter:
    return HttpAdapter(make_kernel(folder, settings=settings))


def content(adapter: HttpAdapter, server: ChannelServer, *credentials: Credential) -> bytes:
    with adapter.open(AdapterRequest(f"{server.url}/c/x", credentials=credentials)) as response:
        return b"".join(response.chunks())


def refusal(adapter: HttpAdapter, server: ChannelServer, *credentials: Credential) -> FetchError:
    with pytest.raises(FetchError) as caught:
        content(adapter, server, *credentials)
    assert (caught.value.fields["reason"], caught.value.fields["temporary"]) == ("tls", False)
    return caught.value


@WAYS
def test_a_certificate_that_nobody_has_signed_for_us_is_refused(
    secure: ChannelServer, tmp_path: Path, way: str
) -> None:
    error = refusal(one_way(adapter_with(tmp_path), way), secure)

    assert str(error) == f"no secure connection for `{secure.url}/c/x`: self-signed certificate in certificate chain"
    assert "set `ssl_verify` to `truststore`" in error.hint


@pytest.mark.parametrize(
    ("names", "until", "told"),
    [
        (("127.0.0.1",), YESTERDAY, "certificate has expired"),
        (("other.example",), None, "ip address mismatch, certificate is not valid for '127.0.0.1'"),
    ],
)
@WAYS
def test_a_certificate_that_does_not_fit_is_refused(
    folder: str,
    tmp_path: Path,
    authority: Authority,
    names: tuple[str, ...],
    until: dt.datetime | None,
    told: str,
    way: str,
) -> None:
    with ChannelServer(folder, tls=authority.context(*names, until=until)) as server:
        error = refusal(one_way(adapter_with(tmp_path, ssl_verify=authority.file), way), server)

    assert str(error) == f"no secure connection for `{server.url}/c/x`: {told}"


@WAYS
def test_a_server_that_speaks_no_tls_is_told(folder: str, tmp_path: Path, way: str) -> None:
    with ChannelServer(folder) as server:
        plain = AdapterRequest(server.url.replace("http:", "https:") + "/c/x")
        with pytest.raises(FetchError, match="no secure connection") as caught:
            one_way(adapter_with(tmp_path), way).open(plain)

    assert caught.value.fields["reason"] == "tls"


@WAYS
def test_whom_to_trust_is_named_by_the_setting(
    secure: ChannelServer, tmp_path: Path, authority: Authority, way: str
) -> None:
    adapter = one_way(adapter_with(tmp_path, ssl_verify=authority.file), way)

    assert [content(adapter, secure) for _ in range(3)] == [b"content"] * 3
    assert secure.connections == 1


def test_a_folder_where_no_certificate_has_the_name_that_is_looked_for_trusts_nobody(
    secure: ChannelServer, tmp_path: Path, authority: Authority
) -> None:
    error = refusal(adapter_with(tmp_path, ssl_verify=os.path.dirname(authority.file)), secure)

    assert "self-signed certificate in certificate chain" in str(error)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_whom_to_trust_is_named_by_the_environment(
    secure: ChannelServer, tmp_path: Path, authority: Authority, name: str
) -> None:
    adapter = HttpAdapter(make_kernel(tmp_path, environ={name: authority.file}))

    assert content(adapter, secure) == b"content"


def test_verification_is_switched_off_with_one_warning(secure: ChannelServer, tmp_path: Path) -> None:
    kernel = make_kernel(tmp_path, settings={"ssl_verify": False})
    adapter = HttpAdapter(kernel)

    assert [content(adapter, secure) for _ in range(2)] == [b"content"] * 2
    assert isinstance(kernel.reporter, RecordingReporter)
    assert [type(event) for event in kernel.reporter.events] == [Warned]


def test_certificates_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"`ssl_verify` names certificates at `/nowhere\.pem`"):
        adapter_with(tmp_path, ssl_verify="/nowhere.pem")


def test_a_file_that_holds_no_certificates_is_told(secure: ChannelServer, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")

    refusal(adapter_with(tmp_path, ssl_verify=os.fspath(tmp_path / "empty.pem")), secure)


def test_the_certificates_of_the_system_may_be_trusted(
    secure: ChannelServer, tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", authority.file)

    assert content(adapter_with(tmp_path, ssl_verify="truststore"), secure) == b"content"
    refusal(adapter_with(tmp_path), secure)


def test_what_the_system_does_not_trust_is_refused(
    secure: ChannelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "none.pem").write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", os.fspath(tmp_path / "none.pem"))

    refusal(adapter_with(tmp_path, ssl_verify="truststore"), secure)


def test_a_certificate_that_is_asked_for_and_lacks_is_told(
    private: ChannelServer, tmp_path: Path, authority: Authority
) -> None:
    error = refusal(adapter_with(tmp_path, ssl_verify=authority.file), private)

    assert "certificate required" in str(error)
    assert error.hint == "set `client_ssl_cert` to the certificate that the server asks for"


@pytest.mark.parametrize("combined", [False, True])
def test_the_certificate_of_the_settings_is_shown(
    private: ChannelServer, tmp_path: Path, authority: Authority, combined: bool
) -> None:
    mine, key = authority.certificate()
    settings: dict[str, object] = {"client_ssl_cert": mine, "client_ssl_cert_key": key}
    if combined:
        with open(tmp_path / "both.pem", "wb") as both:
            for part in (mine, str(key)):
                with open(part, "rb") as file:
                    both.write(file.read())
        settings = {"client_ssl_cert": os.fspath(tmp_path / "both.pem")}

    assert content(adapter_with(tmp_path, ssl_verify=authority.file, **settings), private) == b"content"


def test_the_certificate_of_a_handler_is_shown_to_its_host_alone(
    private: ChannelServer, tmp_path: Path, authority: Authority, folder: str
) -> None:
    mine = authority.certificate()
    adapter = adapter_with(tmp_path, ssl_verify=authority.file)

    assert content(adapter, private, mine) == b"content"
    with ChannelServer(folder, {"/": Redirect(f"{private.url}/")}) as server:
        assert "certificate required" in str(refusal(adapter, server, mine))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"client_ssl_cert_key": "k.pem"}, "`client_ssl_cert` is not"),
        ({"client_ssl_cert": "/nowhere.pem"}, "no such file or directory"),
        ({"client_ssl_cert": "{folder}/empty.pem"}, "cannot be used: "),
        (
            {"client_ssl_cert": "{folder}/mine.pem", "client_ssl_cert_key": "{folder}/key.pem"},
            "cannot be used: its key needs a password",
        ),
    ],
)
def test_a_certificate_that_cannot_be_shown_is_told_at_once(
    tmp_path: Path, authority: Authority, settings: dict[str, str], told: str
) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    authority.certificate(password="hunter2")

    with pytest.raises(SettingError, match=told):
        adapter_with(tmp_path, **{name: value.format(folder=tmp_path) for name, value in settings.items()})


def test_a_channel_may_want_a_certificate(tmp_path: Path, authority: Authority) -> None:
    channel = ChannelBuilder(os.fspath(tmp_path / "served" / "c"))
    channel.add("a", "1.0", noarch="generic", files={"share/a": "a"})
    channel.write()
    mine, key = authority.certificate()
    context = authority.context("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    with ChannelServer(os.fspath(tmp_path / "served"), tls=context) as server:
        words = ("create", "-y", "-p", os.fspath(tmp_path / "env"), "-c", f"{server.url}/c", "a")
        trusting = {"CONDA_SSL_VERIFY": authority.file}
        refused = Conda(tmp_path, environ=trusting)(*words)
        shown = {"CONDA_CLIENT_SSL_CERT": mine, "CONDA_CLIENT_SSL_CERT_KEY": str(key)}
        made = Conda(tmp_path, environ={**trusting, **shown})(*words)

    assert refused.status == 5
    assert "set `client_ssl_cert`" in refused.stderr
    assert made.status == 0, made.stderr
    assert (tmp_path / "env" / "share" / "a").read_text() == "a"
