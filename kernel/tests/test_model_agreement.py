"""Versions, version specs and match specs agree with py-rattler, outside a list of known differences with reasons.

py-rattler answers in a process of its own, which ends without clean-up: at exit it crashes now and then.
"""

from __future__ import annotations

import importlib.util
import json
import random
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from conda_kernel.model.errors import ParseError
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.record import PackageRecord
from conda_kernel.model.version import Version
from conda_kernel.model.version_spec import VersionSpec

KNOWN: list[dict[str, Any]] = json.loads(Path(__file__).with_name("known_rattler_differences.json").read_text())
SEED = 20_260_401
COMPARED, COMPARED_IN_FULL = 22_000, 60_000
SHOWN = 20
KINDS = ("version", "version_spec", "match_spec")

pytestmark = pytest.mark.skipif(importlib.util.find_spec("rattler") is None, reason="py-rattler is not installed")

ORACLE = """
import json, os, sys
from rattler import BuildString, MatchSpec, PackageRecord, Subdir, Version, VersionSpec, VersionWithSource

def version(left, right):
    one, other = Version(left), Version(right)
    return (one > other) - (one < other)

def version_spec(spec, version):
    return VersionSpec(spec).matches(Version(version))

def match_spec(spec, record):
    return MatchSpec(spec, exact_names_only=False).matches(record)

def package(name, version, build, number, subdir, license):
    return PackageRecord(name, VersionWithSource(version), BuildString(build), number, Subdir(subdir), license=license)

def answer(about, question):
    try:
        return globals()[about](*question)
    except Exception:
        return "error"

about, questions = json.load(sys.stdin)
if about == "match_spec":
    questions = [(spec, package(*record)) for spec, record in questions]
print(json.dumps([answer(about, question) for question in questions]), flush=True)
os._exit(0)
"""

Question = tuple[str, Any]
Answer = int | bool | str


class Difference(NamedTuple):
    """Where two answers differ."""

    question: Question
    ours: Answer
    theirs: Answer


def answers_of_rattler(about: str, questions: list[Question]) -> list[Answer]:
    asked = json.dumps([about, questions])
    done = subprocess.run([sys.executable, "-c", ORACLE], input=asked, capture_output=True, text=True, check=True)
    answers: list[Answer] = json.loads(done.stdout)
    return answers


def our_answer(about: str, question: Question) -> Answer:
    try:
        if about == "version":
            one, other = Version.parse(question[0]), Version.parse(question[1])
            return (one > other) - (one < other)
        if about == "version_spec":
            return VersionSpec.parse(question[0]).matches(Version.parse(question[1]))
        name, version, build, number, subdir, license_name = question[1]
        record = PackageRecord(name, version, build, number, subdir=subdir, license=license_name)
        return MatchSpec.parse(question[0]).matches(record)
    except ParseError:
        return "error"


def is_known(about: str, question: Question) -> bool:
    """Tell whether a class of known differences is about one of the texts."""
    first, second = question[0], question[1] if isinstance(question[1], str) else question[1][1]
    return any(
        (re.search(known["where"], first) and re.search(known.get("version", ""), second))
        or (known["about"] == "version" and re.search(known["where"], second))
        for known in KNOWN
        if KINDS.index(known["about"]) <= KINDS.index(about)
    )


def differences(about: str, questions: list[Question]) -> list[Difference]:
    theirs = answers_of_rattler(about, questions)
    ours = [our_answer(about, question) for question in questions]
    return [Difference(*found) for found in zip(questions, ours, theirs, strict=True) if found[1] != found[2]]


class Texts:
    """Makes texts by the grammar, and sometimes `breaks` them; equal seeds make equal texts."""

    def __init__(self, seed: int, *, breaks: bool) -> None:
        self.breaks = breaks
        self.random = random.Random(seed)  # noqa: S311 - nothing secret is made

    def pick(self, *options: str) -> str:
        return self.random.choice(options)

    def number(self) -> str:
        return self.pick("0", "0", "1", "1", "2", "3", "7", "9", "10", "11", "12", "99", "00", "01", "2023", "20240101")

    def letters(self) -> str:
        return self.pick("a", "b", "rc", "alpha", "beta", "dev", "post", "g", "x", "RC", "DEV", "Post", "devb", "posta")

    def piece(self) -> str:
        kind = self.random.randrange(10)
        if kind < 7:
            return self.number()
        return (self.number() if kind < 9 else "") + self.letters() + self.pick("", self.number())

    def version(self) -> str:
        main = self.piece()
        for _ in range(self.random.randrange(4)):
            main += self.pick(".", ".", ".", ".", ".", "_", "-") + self.piece()
        epoch = self.pick("", "", "", "", "", "", "", "0!", "1!", "2!")
        tail = self.pick("", "", "", "", "", "", "", "_", ".0", ".0.0")
        local = self.pick("", "", "", "", "", "", "+0", f"+{self.piece()}", f"+{self.piece()}.{self.piece()}")
        return self.broken(epoch + main + tail + local)

    def related(self, version: str) -> str:
        """Return a version close to another one."""
        return self.pick(
            version + ".0",
            version + self.letters(),
            version + "." + self.piece(),
            version.upper(),
            version.rpartition(".")[0] or version,
            re.sub("[0-9]+", lambda _: self.number(), version, count=1),
            version + "+" + self.piece(),
            version.partition("+")[0],
            version.replace(".", "_", 1),
        )

    def broken(self, text: str) -> str:
        """Return the text, one time in forty with one character changed or left out."""
        if not self.breaks or self.random.randrange(40):
            return text
        at = self.random.randrange(len(text))
        return text[:at] + self.pick("", "", ".", "_", "-", "+", "!", "~", "a", "1", " ", "@") + text[at + 1 :]

    def clause(self, near: str) -> str:
        literal = near if self.random.randrange(2) else self.version()
        if self.random.randrange(3) == 0:
            literal = literal.rpartition(".")[0] or literal
        kind = self.random.randrange(12)
        if kind < 6:
            blank = " " if self.random.randrange(30) == 0 else ""
            return self.pick("", "==", "!=", "<", "<=", ">", ">=", ">=") + blank + literal
        if kind < 7:
            literal = literal.partition("+")[0]
            return f"~={literal}" + ("" if "." in literal else f".{self.number()}")
        if kind < 11:
            return self.pick("", "=", "=", "!=", ">=") + literal + self.pick(".*", ".*", "*", "")
        return "*"

    def version_spec(self, near: str) -> str:
        text = self.clause(near)
        for _ in range(self.random.randrange(3)):
            text += self.pick(",", ",", ",", "|", "|", " , ") + self.clause(near)
            if self.random.randrange(5) == 0:
                text = f"({text})"
        return self.broken(text)

    def match_spec(self, near: list[Any]) -> str:
        name = near[0] if self.random.randrange(8) else self.pick("numpy", "NumPy", "num*", "*", "^n.*$", "scipy")
        build = self.pick(near[2], near[2], near[2].upper(), "py*", "*_0", "*", "^py.*$", "x")
        version = self.version_spec(near[1])
        pairs = ",".join(
            self.random.sample(
                (
                    f"version='{version}'",
                    f"build='{build}'",
                    f"build_number='{self.pick('==', '!=', '>', '>=', '<', '<=', '')}{self.pick('0', '1', '2')}'",
                    f"license={self.pick('MIT', 'BSD')}",
                ),
                self.random.randrange(1, 4),
            )
        )
        words = f"{name} {version}"
        return self.pick(name, words, words, f"{words} {build}", f"{words} {build}", f"{name}[{pairs}]")

    def record(self) -> list[Any]:
        build = self.pick("py_0", "py_1", "py312h_0", "x", "PY_0")
        number = self.random.randrange(3)
        subdir = self.pick("linux-64", "noarch")
        return [self.pick("numpy", "scipy"), self.valid_version(), build, number, subdir, self.pick("MIT", "BSD")]

    def valid_version(self) -> str:
        """Return a version that both read, since a record needs one."""
        while True:
            version = self.version()
            if our_answer("version", (version, version)) == 0 and not is_known("version", (version, version)):
                return version


def question(about: str, texts: Texts) -> Question:
    version = texts.version()
    if about == "version":
        return version, texts.related(version) if texts.random.randrange(2) else texts.version()
    if about == "version_spec":
        near = texts.related(version) if texts.random.randrange(2) else version
        return texts.version_spec(near), version
    record = texts.record()
    return texts.match_spec(record), record


@cache
def questions(about: str, count: int, seed: int) -> list[Question]:
    """Return as many different questions that no known difference is about."""
    texts = Texts(seed, breaks=about != "match_spec")  # what rattler makes of a wrong match spec is a riddle
    made: dict[str, Question] = {}
    while len(made) < count:
        asked = question(about, texts)
        if not is_known(about, asked):
            made[repr(asked)] = asked
    return list(made.values())


@pytest.mark.parametrize("about", KINDS)
def test_more_than_twenty_thousand_answers_agree_with_rattler(about: str) -> None:
    assert differences(about, questions(about, COMPARED, SEED))[:SHOWN] == []


@pytest.mark.full
@pytest.mark.parametrize("about", KINDS)
def test_other_answers_agree_with_rattler_each_time(about: str) -> None:
    seed = random.SystemRandom().randrange(2**32)

    assert (seed, differences(about, questions(about, COMPARED_IN_FULL, seed))[:SHOWN]) == (seed, [])


@pytest.mark.parametrize("about", KINDS)
def test_the_questions_are_mostly_valid_and_answered_in_all_ways(about: str) -> None:
    answers = [our_answer(about, asked) for asked in questions(about, COMPARED, SEED)]

    assert sum(answer != "error" for answer in answers) > COMPARED * 0.8
    assert min(answers.count(answer) for answer in ((-1, 1) if about == "version" else (False, True))) > COMPARED * 0.1


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: str(known["where"]))
def test_each_known_difference_is_one_and_has_a_reason(known: dict[str, Any]) -> None:
    asked = (known["example"][0], known["example"][1])

    assert is_known(known["about"], asked)
    assert our_answer(known["about"], asked) == known["ours"]
    assert answers_of_rattler(known["about"], [asked]) == [known["theirs"]]
    assert known["ours"] != known["theirs"]
    assert known["reason"]
