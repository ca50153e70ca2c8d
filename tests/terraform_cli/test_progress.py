"""What a person sees while terraform works."""

from __future__ import annotations

import json
from typing import Any

from slipway.terraform.ui import Stream, resource_type


class Lines:
    def __init__(self) -> None:
        self.seen: list[str] = []

    def step(self, scope: str, text: str) -> None:
        self.seen.append(f"step {text}")

    def info(self, scope: str, text: str) -> None:
        self.seen.append(f"info {text}")

    def waiting(self, scope: str, text: str) -> None:
        self.seen.append(f"waiting {text}")


def event(kind: str, address: str, **hook: Any) -> str:
    return json.dumps({"type": kind, "hook": {"resource": {"addr": address}, "action": "create", **hook}})


def test_fixed_waits_are_announced_and_long_ones_counted() -> None:
    lines, done = Lines(), []
    stream = Stream("dev-shared", lines, lambda address, action: done.append((address, action)))
    lifecycle, role = "aws_s3_bucket_lifecycle_configuration.models", 'module.m.aws_iam_role.r["a.b"]'
    for text in (
        event("apply_start", lifecycle),
        event("apply_start", role),
        event("apply_progress", lifecycle, elapsed_seconds=30),
        event("apply_progress", role, elapsed_seconds=10),
        event("apply_complete", lifecycle, elapsed_seconds=56),
        event("apply_complete", role, elapsed_seconds=0),
    ):
        stream.line(text)
    assert f"waiting {lifecycle}: provider waits ~56 s" in lines.seen
    assert f"waiting {lifecycle}: provider waits ~56 s, 30 s so far, and 1 more" in lines.seen
    assert f"info {lifecycle} created (56 s)" in lines.seen and f"info {role} created" in lines.seen
    assert lines.seen[-1] == "waiting " and done == [(lifecycle, "create"), (role, "create")]


def test_lines_that_are_not_events_are_kept_for_errors() -> None:
    stream = Stream("dev-shared", Lines())
    for text in ("", "Error: no such bucket", '"text"', "{}"):
        stream.line(text)
    assert "no such bucket" in stream.error("init", 1).message
    assert "killed by signal 9" in Stream("s", Lines()).error("apply", -9).message


def test_many_errors_are_cut_but_all_in_details() -> None:
    stream = Stream("dev-shared", Lines())
    for number in range(5):
        stream.line(json.dumps({"type": "diagnostic", "diagnostic": {"severity": "error", "summary": f"e{number}", "detail": "a\nb"}}))
    error = stream.error("plan", 1)
    assert "e0: a b; e1: a b; e2: a b (and 2 more" in error.message and len(error.details["diagnostics"]) == 5


def test_resource_type() -> None:
    assert resource_type('module.a["x.y"].aws_kms_key.main["k.l"]') == "aws_kms_key"
