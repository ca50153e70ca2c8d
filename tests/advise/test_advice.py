"""Advice follows the table of limits: who is ruled out by which number, and who goes first."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from slipway.advise.advice import Load, advise
from slipway.advise.limits import load, table
from slipway.cli import app as cli
from slipway.config.endpoints import AnyEndpoint, OtherHosting

LIMITS = load()


def best(**numbers: object) -> str:
    first = advise(Load(**numbers), LIMITS)[0]  # type: ignore[arg-type]
    return "none" if first.against else first.kind.name


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ({"requests_per_second": 50, "p99_in_ms": 100}, "instances"),
        ({"requests_per_second": 50, "p99_in_ms": 100, "gpu": True}, "instances"),
        ({"idle_share": 0.95, "cold_start_ok": True}, "serverless"),
        ({"idle_share": 0.95}, "instances"),
        ({"idle_share": 0.95, "cold_start_ok": True, "payload_mb": 5}, "lambda"),
        ({"idle_share": 0.95, "cold_start_ok": True, "memory_gib": 8}, "lambda"),
        ({"timeout_in_seconds": 300, "cold_start_ok": True, "idle_share": 0.9}, "lambda"),
        ({"timeout_in_seconds": 1200}, "fargate"),
        ({"payload_mb": 20}, "fargate"),
        ({"payload_mb": 20, "through_api": True}, "none"),
        ({"payload_mb": 500, "answer": "later"}, "asynchronous"),
        ({"payload_mb": 20, "gpu": True}, "none"),
        ({"answer": "files", "idle_share": 0.9}, "batch_transform"),
        ({"answer": "later", "payload_mb": 2000}, "fargate"),
    ],
)
def test_the_kind_that_fits(numbers: dict[str, object], expected: str) -> None:
    assert best(**numbers) == expected


def test_each_limit_rules_out_by_its_own_number() -> None:
    found = {v.kind.name: v.against for v in advise(Load(payload_mb=5, gpu=True, timeout_in_seconds=61, cold_start_ok=True), LIMITS)}
    assert found["serverless"] == ("takes requests of 4 MB, not 5", "waits 60 s for an answer, not 61", "has no GPU")
    assert found["instances"] == ("waits 60 s for an answer, not 61",)
    assert found["asynchronous"] == ("answers later, in S3",)


def test_the_kinds_are_those_of_the_configuration_and_every_number_has_a_page() -> None:
    kinds = set()
    for entry in (*get_args(AnyEndpoint), *get_args(OtherHosting)):
        kinds |= set(get_args(entry.model_fields["hosting"].annotation.model_fields["kind"].annotation))
    assert {kind.name for kind in LIMITS.kinds} == kinds
    for kind in LIMITS.kinds:
        numbers = {"timeout_in_seconds", "scales_to_zero", "gpu"} | {
            n for n in ("payload_mb", "memory_gib") if getattr(kind, n) is not None
        }
        assert set(kind.links) == numbers
        assert all(link.startswith("https://docs.aws.amazon.com/") for link in kind.links.values())


def test_the_table_shows_every_kind() -> None:
    lines = table(LIMITS).splitlines()
    assert [line.split("`")[1] for line in lines[2:8]] == [kind.name for kind in LIMITS.kinds]
    assert LIMITS.date in lines[-1]


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    if not cli.app.registered_commands:
        cli._register()
    assert cli.run(["advise", "--requests", "2", "--idle", "0.9", "--cold-start-ok", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["advice"] == "serverless" and len(found["kinds"]) == 6
    assert cli.run(["advise", "--payload", "20", "--gpu"]) == 1
    said = capsys.readouterr().out
    assert "no hosting kind takes all of this" in said and "has no GPU" in said
