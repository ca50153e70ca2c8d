"""`slipway stop`, `start` and `idle` without an operations stack, and what plan, deploy and destroy hear of it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from moto.sagemaker.models import sagemaker_backends

from slipway.config.load import load_environment
from slipway.operations.stopped import forget, read_stopped, tidy
from slipway.terraform.markdown import render
from slipway.terraform.plan_values import UNKNOWN, Difference
from slipway.terraform.review import Change, Review, StackReview
from tests.cli.support import Slipway
from tests.modules.operations.life_lab import NAME, Lab


def test_an_endpoint_is_stopped_and_comes_back_as_it_was(lab: Lab, slipway: Slipway) -> None:
    whole = lab.scaled()
    done = slipway("stop", "dev", "--local", "--json")
    assert json.loads(done.out) == {"environment": "dev", "action": "stop", "by": "here", "endpoints": {"wine": "stopped"}}
    assert lab.status() is None
    again = slipway("stop", "dev", "wine", "--local")
    assert (again.code, "stopped already" in again.out) == (0, True)
    done = slipway("start", "dev", "wine", "--local", "--json")
    assert json.loads(done.out)["endpoints"] == {"wine": "started"}
    assert (lab.status(), lab.scaled(), lab.records()) == ("InService", whole, [])
    assert "running already" in slipway("start", "dev", "--local").out


def test_a_start_that_nobody_waited_for_is_finished_by_the_next(lab: Lab, slipway: Slipway) -> None:
    whole = lab.scaled()
    slipway("stop", "dev", "--local")
    assert json.loads(slipway("start", "dev", "--local", "--no-wait", "--json").out)["endpoints"] == {"wine": "starting"}
    lab.in_service()
    assert lab.scaled() != whole
    assert json.loads(slipway("start", "dev", "--local", "--json").out)["endpoints"] == {"wine": "started"}
    assert lab.scaled() == whole


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("stop", "prod"), "prod is a production environment"),
        (("stop", "dev", "beer"), "no endpoint beer that can be stopped; it has wine"),
    ],
)
def test_production_and_unknown_endpoints_are_refused(slipway: Slipway, arguments: tuple[str, ...], text: str) -> None:
    done = slipway(*arguments, "--local")
    assert (done.code, text in done.err) == (2, True)


def test_what_has_expired_is_started_only_after_its_time_is_moved(lab: Lab, slipway: Slipway, root: Path) -> None:
    slipway("stop", "dev", "--local")
    with (root / "environments" / "dev.yaml").open("a") as file:
        file.write('operations: { expires_at: "2026-01-01T00:00:00Z" }\n')
    done = slipway("start", "dev", "--local")
    assert (done.code, "wine: expired at 2026-01-01T00:00:00Z: move its expires_at and deploy" in done.err) == (1, True)
    assert lab.status() is None
    assert "has passed" in slipway("validate", "dev").out + slipway("validate", "dev").err


def test_the_status_of_a_stopped_endpoint_is_no_trouble(lab: Lab, slipway: Slipway) -> None:
    slipway("stop", "dev", "--local")
    done = slipway("status", "dev", "--local", "--json")
    (endpoint,) = json.loads(done.out)["endpoints"]
    assert (done.code, endpoint["state"], lab.status()) == (0, "stopped", None)
    assert endpoint["reason"].startswith("asked for by a person, 20")


def test_plans_say_what_is_stopped_and_records_end_with_deploy_and_destroy(lab: Lab, slipway: Slipway, root: Path) -> None:
    config = load_environment("dev", root)
    assert read_stopped(config.naming, lab.make) == []
    slipway("stop", "dev", "--local")
    (told,) = read_stopped(config.naming, lab.make)
    assert (told.endpoint, told.state) == ("wine", "stopped")
    assert "`slipway start dev wine` starts it without a deploy" in told.line("dev")
    tidy(config, lab.make)
    assert len(lab.records()) == 1
    lab.sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=f"{NAME}-0123456789")
    lab.in_service()
    tidy(config, lab.make)
    assert lab.records() == []
    slipway("stop", "dev", "--local")
    forget(config.naming, lab.make)
    assert lab.records() == []


def test_a_plan_that_only_starts_what_is_stopped_is_no_drift() -> None:
    back = Change("aws_sagemaker_endpoint.wine", "aws_sagemaker_endpoint", "create")
    refers = Change("aws_ssm_parameter.arn", "aws_ssm_parameter", "update", differences=(Difference("value", "x", UNKNOWN),))
    other = Change("aws_s3_bucket.b", "aws_s3_bucket", "create")
    changed = Change("aws_ssm_parameter.n", "aws_ssm_parameter", "update", differences=(Difference("value", "x", "y"),))

    def review(*changes: Change, stopped: tuple[str, ...] = ("wine is stopped",)) -> Review:
        return Review("dev", (StackReview("dev-serving", changes),), stopped)

    assert review(back, refers).only_starts
    assert not review(back, stopped=()).only_starts
    assert not review(back, other).only_starts
    assert not review(back, changed).only_starts
    assert "> - wine is stopped" in render(review(back))
    assert review(back).as_dict()["stopped"] == ["wine is stopped"]


def test_idle_variants_are_listed_with_their_hours(lab: Lab, slipway: Slipway) -> None:
    assert "every variant was asked in the last 7 days" in slipway("idle", "dev", "--local").out
    endpoint = sagemaker_backends["111111111111"]["eu-west-1"].endpoints[NAME]
    endpoint.creation_time = (datetime.now(timezone.utc) - timedelta(days=4)).replace(tzinfo=None)
    assert json.loads(slipway("idle", "dev", "--local", "--json").out)["idle"] == []
    done = slipway("idle", "dev", "--days", "3", "--local", "--json")
    (found,) = json.loads(done.out)["idle"]
    assert (found["endpoint"], found["variant"], found["instance_hours"]) == ("wine", "main", 72.0)
    assert "1 x ml.m5.large" in slipway("idle", "dev", "--days", "3", "--local").out
    assert lab.status() == "InService"
