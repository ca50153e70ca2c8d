"""The rule language of composite alarms: ALARM(name), OK(name), INSUFFICIENT_DATA(name), TRUE, FALSE, AND, OR, NOT, parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Rule = Callable[[Mapping[str, str]], bool]
"""Whether the rule is met, given each alarm's state by name. An alarm that is not there is in no state."""

_TOKEN = re.compile(
    r"\s*(?:(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"(?P<quoted>[^\"]+)\"|'(?P<single>[^']+)'|(?P<plain>[^()\"']+?))\s*\)"
    r"|(?P<word>AND|OR|NOT|TRUE|FALSE)\b|(?P<bracket>[()]))",
    re.IGNORECASE,
)


class RuleError(Exception):
    """A rule that cannot be read."""


@dataclass(frozen=True)
class _Token:
    kind: str
    name: str = ""


def parse(text: str) -> Rule:
    """Read a rule. AND binds closer than OR, NOT closest. Raises RuleError."""
    reader = _Reader(_tokens(text))
    rule = reader.any_of()
    if reader.peek():
        raise RuleError(f"unexpected {reader.peek()}")
    return rule


def alarm_names(text: str) -> set[str]:
    """Names of the alarms that a rule looks at. Raises RuleError."""
    return {token.name for token in _tokens(text) if token.name}


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise RuleError(f"cannot read {text[at : at + 40]!r}")
        at = match.end()
        if state := match.group("state"):
            name = match.group("quoted") or match.group("single") or match.group("plain")
            found.append(_Token(state.upper(), name.rpartition(":alarm:")[2] if name.startswith("arn:") else name))
        else:
            found.append(_Token((match.group("word") or match.group("bracket")).upper()))
    return found


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens

    def peek(self) -> str:
        return self._tokens[0].kind if self._tokens else ""

    def any_of(self) -> Rule:
        rules = [self._all_of()]
        while self.peek() == "OR":
            self._tokens.pop(0)
            rules.append(self._all_of())
        return lambda states: any([rule(states) for rule in rules])

    def _all_of(self) -> Rule:
        rules = [self._one()]
        while self.peek() == "AND":
            self._tokens.pop(0)
            rules.append(self._one())
        return lambda states: all([rule(states) for rule in rules])

    def _one(self) -> Rule:
        if not self._tokens:
            raise RuleError("it ends too early")
        token = self._tokens.pop(0)
        if token.kind == "NOT":
            inner = self._one()
            return lambda states: not inner(states)
        if token.kind == "(":
            inner = self.any_of()
            if self.peek() != ")":
                raise RuleError("a parenthesis is not closed")
            self._tokens.pop(0)
            return inner
        if token.kind in ("TRUE", "FALSE"):
            return lambda _: token.kind == "TRUE"
        if token.name:
            return lambda states: states.get(token.name) == token.kind
        raise RuleError(f"unexpected {token.kind}")
