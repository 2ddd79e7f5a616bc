"""S3 requests against a real server on the loopback interface, and against servers that misbehave."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import trustme
from moto.server import ThreadedMotoServer

from conda_fetch_s3.adapter import S3Adapter
from conda_fetch_s3.verification import verification
from conda_kernel.errors import FetchError, SettingError
from conda_kernel.hookspecs import DOWNLOADERS, FETCH_ADAPTERS
from conda_kernel.model.credentials import Basic, Credential, PathToken
from conda_kernel.model.event import Warned
from conda_kernel.model.fetching import AdapterRequest, FetchRequest
from conda_kernel.model.secret import Secret
from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.kernels import RecordingReporter, make_kernel
from conda_testing.server import ChannelServer, Drop, Hold, Respond, Truncate

BODY = bytes(range(256)) * 2048
SHA256 = hashlib.sha256(BODY).hexdigest()
URL = "s3://bucket/c/noarch/a.conda"


@pytest.fixture(scope="module", name="service")
def _service() -> Iterator[str]:
    """Return the endpoint of a service with one bucket."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="c/noarch/a.conda", Body=BODY)
    client.put_object(Bucket="bucket", Key="c/a b%.txt", Body=b"content")
    yield endpoint
    server.stop()


@pytest.fixture(name="environ", autouse=True)
def _environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Make an environment in which the AWS tools find nothing but a login."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-secret")
    return monkeypatch


def adapter_for(endpoint: str, environ: pytest.MonkeyPatch, tmp_path: Path, **settings: object) -> S3Adapter:
    environ.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    return S3Adapter(make_kernel(tmp_path, settings=settings))


@pytest.fixture(name="adapter")
def _adapter(service: str, environ: pytest.MonkeyPatch, tmp_path: Path) -> S3Adapter:
    return adapter_for(service, environ, tmp_path)


def answer(adapter: S3Adapter, request: AdapterRequest) -> tuple[int, bytes]:
    with adapter.open(request) as response:
        return response.status, b"".join(response.chunks())


def failure(adapter: S3Adapter, url: str, *credentials: Credential) -> FetchError:
    with pytest.raises(FetchError) as caught:
        answer(adapter, AdapterRequest(url, credentials=credentials))
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    return caught.value


def test_an_object_is_read(adapter: S3Adapter) -> None:
    with adapter.open(AdapterRequest(URL)) as response:
        assert (response.status, response.headers["content-length"]) == (200, str(len(BODY)))
        assert b"".join(response.chunks()) == BODY


def test_a_key_is_decoded(adapter: S3Adapter) -> None:
    assert answer(adapter, AdapterRequest("s3://bucket/c/a%20b%25.txt")) == (200, b"content")


def test_an_object_is_read_from_an_offset_on(adapter: S3Adapter) -> None:
    with adapter.open(AdapterRequest(URL, len(BODY) - 10)) as response:
        assert (response.status, b"".join(response.chunks())) == (206, BODY[-10:])
        assert response.headers["content-range"].startswith(f"bytes {len(BODY) - 10}-")
    assert answer(adapter, AdapterRequest(URL, len(BODY)))[0] == 416


def test_an_object_that_has_not_changed_is_not_sent(adapter: S3Adapter) -> None:
    with adapter.open(AdapterRequest(URL)) as response:
        tag = response.headers["etag"]

    assert answer(adapter, AdapterRequest(URL, headers={"if-none-match": tag})) == (304, b"")


@pytest.mark.parametrize("url", ["s3://bucket/missing", "s3://no-such-bucket/x"])
def test_a_missing_object_is_not_found(adapter: S3Adapter, url: str) -> None:
    assert answer(adapter, AdapterRequest(url)) == (404, b"")


@pytest.mark.parametrize("url", ["s3://", "s3://bucket", "s3://bucket/", "s3:///key", "s3://bucket/a%0Ab"])
def test_a_url_names_a_bucket_and_a_key(adapter: S3Adapter, url: str) -> None:
    assert failure(adapter, url).fields["reason"] == "url"


def test_a_name_that_no_bucket_can_have_is_told(adapter: S3Adapter) -> None:
    assert failure(adapter, "s3://a$b/x").fields["reason"] == "request"


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_status_is_handed_on(tmp_path: Path, environ: pytest.MonkeyPatch, status: int) -> None:
    with ChannelServer(str(tmp_path), {"/": Respond(status)}) as server:
        assert answer(adapter_for(server.url, environ, tmp_path), AdapterRequest(URL)) == (status, b"")
        assert len(server.requests) == 1


def signature(tmp_path: Path, environ: pytest.MonkeyPatch, *credentials: Credential) -> str | None:
    with ChannelServer(str(tmp_path), {"/": Respond(404)}) as server:
        answer(adapter_for(server.url, environ, tmp_path), AdapterRequest(URL, credentials=credentials))
    return server.requests[0].headers.get("authorization")


def test_requests_are_signed_with_the_login_that_the_tools_find(tmp_path: Path, environ: pytest.MonkeyPatch) -> None:
    assert "Credential=AKIDEXAMPLE/" in (signature(tmp_path, environ) or "")


def test_a_login_is_an_access_key_and_its_secret(tmp_path: Path, environ: pytest.MonkeyPatch) -> None:
    login = Basic(Secret("OTHERKEY"), Secret("other"))

    assert "Credential=OTHERKEY/" in (signature(tmp_path, environ, login) or "")


def test_without_a_login_requests_are_not_signed(tmp_path: Path, environ: pytest.MonkeyPatch) -> None:
    environ.delenv("AWS_ACCESS_KEY_ID")
    environ.delenv("AWS_SECRET_ACCESS_KEY")

    assert signature(tmp_path, environ) is None


def test_half_a_login_is_told(tmp_path: Path, environ: pytest.MonkeyPatch) -> None:
    environ.delenv("AWS_SECRET_ACCESS_KEY")
    error = failure(adapter_for("http://127.0.0.1:9", environ, tmp_path), URL)

    assert error.fields["reason"] == "credentials"


def test_a_token_cannot_be_shown(adapter: S3Adapter) -> None:
    assert failure(adapter, URL, PathToken(Secret("tk"))).fields["reason"] == "credentials"


def test_a_refused_connection_is_told(tmp_path: Path, environ: pytest.MonkeyPatch, closed_port: int) -> None:
    error = failure(adapter_for(f"http://127.0.0.1:{closed_port}", environ, tmp_path), URL)

    assert (error.fields["reason"], error.fields["temporary"]) == ("refused", True)
    assert "canary-secret" not in repr((str(error), error.hint, error.fields))


def test_a_dropped_connection_is_told(tmp_path: Path, environ: pytest.MonkeyPatch) -> None:
    with ChannelServer(str(tmp_path), {"/": Drop()}) as server:
        error = failure(adapter_for(server.url, environ, tmp_path), URL)

    assert (error.fields["reason"], error.fields["temporary"]) == ("connection", True)


def test_a_silent_server_is_told(tmp_path: Path, environ: pytest.MonkeyPatch) -> None:
    with ChannelServer(str(tmp_path), {"/": Hold()}) as server:
        error = failure(adapter_for(server.url, environ, tmp_path, remote_read_timeout_secs=0.05), URL)

    assert (error.fields["reason"], error.fields["temporary"]) == ("timeout", True)


def test_a_body_that_breaks_off_is_told(tmp_path: Path, environ: pytest.MonkeyPatch) -> None:
    whole = Respond(200, {"Content-Type": "application/octet-stream"}, BODY)
    with ChannelServer(str(tmp_path), {"/": Truncate(1000, whole)}) as server:
        error = failure(adapter_for(server.url, environ, tmp_path), URL)

    assert (error.fields["reason"], error.fields["temporary"]) == ("truncated", True)


def test_the_download_engine_resumes_by_s3(tmp_path: Path, service: str, environ: pytest.MonkeyPatch) -> None:
    environ.setenv("AWS_ENDPOINT_URL_S3", service)
    target = tmp_path / "to" / "x"
    target.parent.mkdir()
    Path(f"{target}.partial").write_bytes(BODY[:1000])
    kernel = make_kernel(tmp_path, settings={"remote_max_retries": 0})
    fields: dict[str, Any] = {"size": len(BODY), "sha256": SHA256}
    (outcome,) = kernel.driver(DOWNLOADERS).fetch([FetchRequest(URL, str(target), **fields)])

    assert (outcome.error, outcome.sha256) == (None, SHA256)
    assert [path.name for path in target.parent.iterdir()] == ["x"]


def test_a_channel_may_lie_in_a_bucket(tmp_path: Path, service: str) -> None:
    channel = ChannelBuilder(str(tmp_path / "c"))
    channel.add("a", "1.0", noarch="generic", files={"share/a": "a"})
    channel.write()
    client = boto3.client("s3", endpoint_url=service, region_name="us-east-1")
    for path in (tmp_path / "c").rglob("*.*"):
        client.put_object(Bucket="bucket", Key=f"channels/{path.relative_to(tmp_path)}", Body=path.read_bytes())
    conda = Conda(
        tmp_path,
        environ={
            "AWS_ENDPOINT_URL_S3": service,
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_EC2_METADATA_DISABLED": "true",
        },
    )
    ended = conda("create", "-y", "-p", str(tmp_path / "env"), "-c", "s3://bucket/channels/c", "a")

    assert ended.status == 0, ended.stderr
    assert (tmp_path / "env" / "share" / "a").read_text() == "a"


@pytest.fixture(name="secure")
def _secure(tmp_path: Path) -> Iterator[ChannelServer]:
    """Return a service over TLS, whose certificate is signed by `authority.pem`."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with ChannelServer(str(tmp_path), {"/": Respond(200, {}, b"content")}, tls=context) as server:
        yield server


def test_a_service_that_nobody_has_vouched_for_is_refused(
    secure: ChannelServer, tmp_path: Path, environ: pytest.MonkeyPatch
) -> None:
    error = failure(adapter_for(secure.url, environ, tmp_path), URL)

    assert (error.fields["reason"], error.fields["temporary"]) == ("tls", False)


def test_whom_to_trust_is_named_by_the_setting(
    secure: ChannelServer, tmp_path: Path, environ: pytest.MonkeyPatch
) -> None:
    adapter = adapter_for(secure.url, environ, tmp_path, ssl_verify=str(tmp_path / "authority.pem"))

    assert answer(adapter, AdapterRequest(URL)) == (200, b"content")


def test_verification_is_switched_off_with_one_warning(
    secure: ChannelServer, tmp_path: Path, environ: pytest.MonkeyPatch
) -> None:
    environ.setenv("AWS_ENDPOINT_URL_S3", secure.url)
    kernel = make_kernel(tmp_path, settings={"ssl_verify": False})
    adapter = S3Adapter(kernel)

    assert [answer(adapter, AdapterRequest(URL)) for _ in range(2)] == [(200, b"content")] * 2
    assert isinstance(kernel.reporter, RecordingReporter)
    assert [type(event) for event in kernel.reporter.events] == [Warned]


def test_certificates_are_a_path_or_the_usual_ones(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("")

    assert verification(True, {}) is True
    assert verification(False, {}) is False
    assert verification(True, {"REQUESTS_CA_BUNDLE": "/r", "AWS_CA_BUNDLE": "/a"}) == "/a"
    assert verification(str(path), {}) == str(path)
    for setting in ("truststore", "/nowhere.pem"):
        with pytest.raises(SettingError, match="`ssl_verify` cannot be"):
            verification(setting, {})


def test_the_scheme_has_the_adapter(tmp_path: Path) -> None:
    assert make_kernel(tmp_path).find(FETCH_ADAPTERS, "s3").distribution == "conda-fetch-s3"
