"""Cases: requests and the answers a model must give. One object serves the container, the endpoint, the API and the load test."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from modules._shared.expected import Expected
from slipway.config.compose import compose
from slipway.config.explain import explain
from slipway.config.nodes import Node, find, place, plain
from slipway.config.nodes import Path as Where
from slipway.config.problems import ConfigErrors, Problem
from slipway.config.scalars import refusal
from slipway.config.source import Unreadable, read_text
from slipway.contract.case_file import ANSWERS, BODIES, CaseEntry, CaseFile

MAX_BODY_FILE = 32 * 1024 * 1024
_FREE_TEXT = {"body", "text", "json", "headers"}
"""Options whose text goes to the model as it is: what Terraform would make of it does not matter."""


@dataclass(frozen=True)
class Case:
    """One request and what must come back. `takes`: seconds the answer takes at least."""

    name: str
    body: bytes = b""
    content_type: str | None = None
    accept: str | None = None
    method: str = "POST"
    path: str = "/invocations"
    headers: dict[str, str] = field(default_factory=dict)
    takes: float = 0.0
    expect: Expected = Expected()

    @property
    def succeeds(self) -> bool:
        """Whether the model is expected to predict (2xx), not to refuse."""
        return 200 <= self.expect.status < 300

    def all_headers(self) -> dict[str, str]:
        """The headers to send, Content-Type and Accept among them where the case has them."""
        own = {"Content-Type": self.content_type, "Accept": self.accept}
        return {**{name: value for name, value in own.items() if value is not None}, **self.headers}

    def check(self, status: int, content_type: str | None, body: bytes) -> str | None:
        """What is wrong with an answer, first difference only; None when it is as expected."""
        return self.expect.difference(status, content_type, body)


def load_cases(path: Path) -> list[Case]:
    """The cases of a file. Raises `ConfigErrors` (exit code 2) with every problem: file, line, option, rule and value."""
    name = path.as_posix()
    try:
        tree, problems = compose(read_text(path, name), name)
    except Unreadable as error:
        raise ConfigErrors(f"{name} is not a case file", [error.problem]) from None
    problems = [problem for problem in problems if not _free(tree, problem)]
    try:
        file = CaseFile.model_validate(plain(tree))
    except ValidationError as error:
        raise ConfigErrors(f"{name} is not valid", [*problems, *explain(error, CaseFile, tree)]) from None
    problems += _cross_problems(tree, file.cases)
    cases = [_case(entry, number, path.parent, tree, problems) for number, entry in enumerate(file.cases)]
    if problems:
        raise ConfigErrors(f"{name} is not valid", problems)
    return cases


def _free(tree: Node, problem: Problem) -> bool:
    """Whether a problem is only the refusal of special characters inside text that is sent or compared as it is."""
    value = find(tree, problem.path)[1]
    text = value.value if value is not None else None
    return not _FREE_TEXT.isdisjoint(map(str, problem.path)) and isinstance(text, str) and refusal(text) == problem.text


def _cross_problems(tree: Node, cases: list[CaseEntry]) -> list[Problem]:
    problems = []
    names: dict[str, int] = {}
    for number, entry in enumerate(cases):
        where: Where = ("cases", number)
        if entry.name in names:
            named = (*where, "name")
            problems.append(Problem(place(tree, named), named, f"{entry.name!r} is taken by cases[{names[entry.name]}]; each name once"))
        names.setdefault(entry.name, number)
        for options, path in ((BODIES, where), (ANSWERS, (*where, "expect"))):
            node = find(tree, path)[1]
            given = [option for option in options if node is not None and option in node.entries]
            if len(given) > 1:
                second = (*path, given[1])
                text = f"only one of {', '.join(options)} may be given, got {' and '.join(given)}"
                problems.append(Problem(place(tree, second), second, text))
    return problems


def _case(entry: CaseEntry, number: int, folder: Path, tree: Node, problems: list[Problem]) -> Case:
    written = find(tree, ("cases", number, "expect"))[1]
    compares = next((answer for answer in ANSWERS if written is not None and answer in written.entries), None)
    wanted = entry.expect
    expect = Expected(
        wanted.status,
        wanted.content_type,
        compares,
        wanted.json_body,
        wanted.text or "",
        base64.b64decode(wanted.base64 or ""),
        wanted.tolerance,
    )
    body = (entry.body or "").encode()
    if entry.body_base64 is not None:
        body = base64.b64decode(entry.body_base64)
    if entry.body_file is not None:
        body = _read(folder / entry.body_file, ("cases", number, "body_file"), tree, problems)
    own = (entry.content_type, entry.accept, entry.method, entry.path, dict(entry.headers), entry.takes)
    return Case(entry.name, body, *own, expect)


def _read(file: Path, path: Where, tree: Node, problems: list[Problem]) -> bytes:
    try:
        size = file.stat().st_size
        if size > MAX_BODY_FILE:
            problems.append(Problem(place(tree, path), path, f"{file} has {size} bytes, at most {MAX_BODY_FILE} are allowed"))
            return b""
        return file.read_bytes()
    except OSError as error:
        problems.append(Problem(place(tree, path), path, f"{file} cannot be read: {error.strerror}; name a file beside the case file"))
        return b""
