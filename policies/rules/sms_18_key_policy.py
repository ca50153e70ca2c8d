"""Who may use and delete a key."""

from __future__ import annotations

from collections.abc import Iterator

from policies.buckets import statements_on
from policies.estate import Estate, Resource
from policies.rule import Rule, Verdict, unknown, verdict
from policies.statements import Statement, Unreadable


def _check(key: Resource, estate: Estate) -> Verdict:
    try:
        statements = statements_on(key, estate, "aws_kms_key_policy", "key_id")
    except Unreadable as error:
        return unknown(str(error))
    problems = [f"{s.label()}: {problem}" for s in statements if s.allows for problem in _problems(s)]
    if not statements:
        problems.append("the key has no policy of its own")
    window = key.body.get("deletion_window_in_days", 30)
    if estate.production and isinstance(window, int) and window < 30:
        problems.append(f"deletion_window_in_days is {window}")
    return verdict(problems, [] if isinstance(window, int) else [f"deletion_window_in_days is {window}"])


def _problems(statement: Statement) -> Iterator[str]:
    if "NotPrincipal" in statement.inverted or "NotAction" in statement.inverted:
        yield "NotPrincipal or NotAction allows everything that is not named"
    if any("*" in name for _, name in statement.principals):
        yield "the principal holds *"
    everything = any(action in ("*", "kms:*") for action in statement.actions)
    if everything and not all(kind == "AWS" and name.endswith(":root") for kind, name in statement.principals):
        yield "kms:* for somebody who is not the account"


RULE = Rule(
    id="CKV_SLIPWAY_18",
    title="Ensure a key's policy names its users, and a production key can be rescued for 30 days",
    why="CKV_AWS_33 always passes on synthesized JSON. With a deleted key everything it encrypted is gone.",
    fix="principals by ARN, kms:* at most for the account's root, deletion_window_in_days: 30",
    applies_to=("aws_kms_key",),
    check=_check,
)
