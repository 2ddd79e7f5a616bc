"""Which proxy a URL goes through."""

from __future__ import annotations

import pytest

from conda_fetch_http.proxies import environment_proxies, proxies_for


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, {}),
        ({"HTTP_PROXY": "http://p:1"}, {"http": "http://p:1"}),
        ({"HTTP_PROXY": "http://p:1", "http_proxy": "http://q:2"}, {"http": "http://q:2"}),
        ({"HTTPS_PROXY": "p:1"}, {"https": "http://p:1"}),
        ({"ALL_PROXY": "socks5://p:1", "NO_PROXY": "a,b"}, {"all": "socks5://p:1", "no": "a,b"}),
        ({"HTTP_PROXY": "http://p:1", "http_proxy": ""}, {}),
        ({"HTTP_PROXY": "http://evil:1", "REQUEST_METHOD": "GET"}, {}),
    ],
)
def test_proxies_are_read_from_the_environment(environ: dict[str, str], expected: dict[str, str]) -> None:
    assert environment_proxies(environ) == expected


@pytest.mark.parametrize(
    ("no_proxy", "url", "exempt"),
    [
        ("", "http://h/x", False),
        ("*", "http://h/x", True),
        ("h", "http://h/x", True),
        ("h", "http://H:8080/x", True),
        ("h", "http://sub.h/x", True),
        (".h", "http://sub.h/x", True),
        ("*.h", "http://sub.h/x", True),
        ("h", "http://nearh/x", False),
        ("a, h ,b", "http://h/x", True),
        ("h:80", "http://h/x", True),
        ("h:443", "https://h/x", True),
        ("h:80", "http://h:81/x", False),
        ("10.0.0.0/8", "http://10.1.2.3/x", True),
        ("10.0.0.0/8", "http://11.1.2.3/x", False),
        ("10.0.0.0/8", "http://h/x", False),
        ("nonsense/99", "http://10.1.2.3/x", False),
        ("::1", "http://[::1]/x", True),
        (",,", "http://h/x", False),
    ],
)
def test_some_hosts_need_no_proxy(no_proxy: str, url: str, exempt: bool) -> None:
    proxies = {"all": "http://p:1", "no": no_proxy}

    assert proxies_for(url, proxies) == ({} if exempt else {"all": "http://p:1"})
