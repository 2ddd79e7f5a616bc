"""Standard output belongs to the kernel, whoever writes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

GUARD = "import os, sys; from conda_kernel.terminal import Terminal; terminal = Terminal.guarded(); "


def run(code: str, **how: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", GUARD + code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "code",
    [
        "print('noise')",
        "sys.stdout.write('noise\\n')",
        "sys.__stdout__.write('noise\\n')",
        "os.write(1, b'noise\\n')",
        "os.system('echo noise')",
        "import subprocess; subprocess.run(['echo', 'noise'])",
    ],
)
def test_noise_goes_to_standard_error(code: str) -> None:
    done = run(f"{code}; terminal.write('result\\n')")
    assert (done.stdout, done.stderr.strip()) == ("result\n", "noise")


def test_text_is_written_whole() -> None:
    done = run("terminal.write('ü' * 1_000_000)")
    assert done.stdout == "ü" * 1_000_000


def test_what_is_no_unicode_is_written_as_it_came() -> None:
    done = subprocess.run(
        [sys.executable, "-c", GUARD + "terminal.write(os.fsdecode(b'a\\xffb'))"], capture_output=True, check=True
    )
    assert done.stdout == b"a\xffb"


def test_a_closed_standard_output_is_an_error_and_no_crash() -> None:
    code = GUARD + "\ntry:\n    terminal.write('x')\nexcept OSError as error:\n    terminal.warn(str(error))\n"
    done = subprocess.run(
        ["sh", "-c", f'exec "{sys.executable}" -c "$CODE" >&-'],
        env={**os.environ, "CODE": code},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "the stream is closed")


def test_a_closed_standard_error_swallows_what_is_told() -> None:
    code = GUARD + "terminal.warn('x'); print('noise'); terminal.write('result')"
    done = subprocess.run(
        ["sh", "-c", f'exec "{sys.executable}" -c "$CODE" 2>&-'],
        env={**os.environ, "CODE": code},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "result")
