"""Without the network no socket is opened, and no adapter that would open one is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conda_kernel.errors import OfflineError
from conda_kernel.hookspecs import DOWNLOADERS
from conda_kernel.model.fetching import FetchRequest
from conda_testing.kernels import make_kernel

PROGRAM = """
import sys
events = []
sys.addaudithook(lambda event, arguments: events.append(event) if event.startswith("socket.") else None)
from conda_kernel.hookspecs import DOWNLOADERS
from conda_kernel.model.fetching import FetchRequest
from conda_testing.kernels import make_kernel
folder = sys.argv[1]
engine = make_kernel(folder, settings={"offline": True}).driver(DOWNLOADERS)
urls = ["http://127.0.0.1:9/a", "HTTPS://localhost/a", "s3://bucket/a", f"file://{folder}/x"]
answers = list(engine.fetch([FetchRequest(url, f"{folder}/to/{number}") for number, url in enumerate(urls)]))
kinds = sorted(type(answer.error).__name__ for answer in answers)
print(kinds, events, "requests" in sys.modules)
"""


def test_offline_opens_no_socket_and_imports_no_adapter(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"local")

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout == "['NoneType', 'OfflineError', 'OfflineError', 'OfflineError'] [] False\n"


def test_the_refusal_names_the_url_without_its_secrets(tmp_path: Path) -> None:
    engine = make_kernel(tmp_path, settings={"offline": True}).driver(DOWNLOADERS)

    (answer,) = engine.fetch([FetchRequest("https://h/t/tk-1/c/x", str(tmp_path / "to"))])

    assert isinstance(answer.error, OfflineError)
    assert str(answer.error) == "`https://h/t/<hidden>/c/x` needs the network, which `--offline` rules out"
    assert answer.error.hint
