"""Stopping and starting an endpoint on the local AWS: it comes back as it was, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from modules.operations.function import life
from modules.operations.function.endpoints import latest_config
from modules.operations.function.records import Records
from modules.operations.function.settings import Refused
from tests.modules.operations.life_lab import FIRST, NAME, SECOND, Lab

WHOLE = {"bounds": [(1, 4)], "policies": ["load", "surge"], "actions": ["morning"], "alarm": True}
GONE: dict[str, Any] = {"bounds": [], "policies": [], "actions": [], "alarm": False}


@pytest.fixture
def lab(client: Callable[..., Any]) -> Lab:
    made = Lab(client)
    made.endpoint()
    return made


def test_an_endpoint_comes_back_with_tags_deployment_and_scaling(lab: Lab) -> None:
    settings = lab.settings()
    assert lab.scaled() == WHOLE
    assert life.stop(settings, lab.clients, None, "night") == {"wine": "stopped"}
    assert (lab.status(), lab.scaled()) == (None, GONE)
    assert life.stop(settings, lab.clients, ["wine"], "again") == {"wine": "stopped already"}
    assert life.start(settings, lab.clients, None) == {"wine": "starting"}
    assert lab.scaled() == GONE
    lab.in_service()
    assert life.in_service(settings, lab.clients, NAME) == {"wine": "started"}
    endpoint = lab.sagemaker.describe_endpoint(EndpointName=NAME)
    assert endpoint["LastDeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "ALL_AT_ONCE"
    assert lab.sagemaker.list_tags(ResourceArn=endpoint["EndpointArn"])["Tags"] == [{"Key": "owner", "Value": "ml"}]
    assert (endpoint["EndpointConfigName"], lab.scaled(), lab.records()) == (FIRST, WHOLE, [])
    assert life.start(settings, lab.clients, None) == {"wine": "running already"}


def test_a_deploy_in_between_counts(lab: Lab) -> None:
    settings = lab.settings()
    life.stop(settings, lab.clients, None, "night")
    lab.config(SECOND)
    lab.sagemaker.delete_endpoint_config(EndpointConfigName=FIRST)
    lab.config(f"{NAME}-2-0123456789")
    assert life.start(settings, lab.clients, None) == {"wine": "starting"}
    assert lab.sagemaker.describe_endpoint(EndpointName=NAME)["EndpointConfigName"] == SECOND


def test_an_endpoint_that_a_deploy_created_keeps_the_deploys_scaling(lab: Lab) -> None:
    settings = lab.settings()
    life.stop(settings, lab.clients, None, "night")
    lab.sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=FIRST)
    lab.in_service()
    assert life.in_service(settings, lab.clients, NAME) == {"wine": "started"}
    assert (lab.scaled(), lab.records()) == (GONE, [])


def test_an_endpoint_that_is_being_changed_is_stopped_when_it_is_in_service(lab: Lab) -> None:
    settings = lab.settings()
    lab.config(SECOND)
    lab.sagemaker.update_endpoint(EndpointName=NAME, EndpointConfigName=SECOND)
    assert life.stop(settings, lab.clients, None, "night") == {"wine": "stopping"}
    lab.in_service()
    assert life.in_service(settings, lab.clients, NAME) == {"wine": "stopped"}
    assert lab.status() is None


def test_a_stop_that_waits_is_called_off_by_a_start(lab: Lab) -> None:
    settings = lab.settings()
    lab.config(SECOND)
    lab.sagemaker.update_endpoint(EndpointName=NAME, EndpointConfigName=SECOND)
    life.stop(settings, lab.clients, None, "night")
    life.start(settings, lab.clients, None)
    lab.in_service()
    life.in_service(settings, lab.clients, NAME)
    assert (lab.status(), lab.scaled(), lab.records()) == ("InService", WHOLE, [])


def test_a_stop_that_was_cut_short_goes_on_without_losing_the_scaling(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = lab.settings()

    def crash(**_: Any) -> None:
        raise RuntimeError("no network")

    with monkeypatch.context() as patch:
        patch.setattr(lab.clients.sagemaker, "delete_endpoint", crash)
        with pytest.raises(life.Failed, match="wine: RuntimeError: no network"):
            life.stop(settings, lab.clients, None, "night")
    assert lab.scaled() == GONE
    assert life.stop(settings, lab.clients, None, "night") == {"wine": "stopped"}
    life.start(settings, lab.clients, None)
    lab.in_service()
    life.in_service(settings, lab.clients, NAME)
    assert lab.scaled() == WHOLE


def test_what_has_expired_is_not_started_by_the_morning_and_a_person_is_told(lab: Lab) -> None:
    settings = lab.settings(expires_at="2026-01-01T00:00:00Z")
    life.stop(settings, lab.clients, None, "expired")
    assert life.start(settings, lab.clients, None, scheduled=True) == {"wine": "expired"}
    with pytest.raises(life.Failed, match="expired at 2026-01-01T00:00:00Z: move its expires_at"):
        life.start(settings, lab.clients, None)
    assert lab.status() is None


def test_what_is_not_there_is_missing_and_what_is_unknown_is_refused(client: Callable[..., Any]) -> None:
    lab = Lab(client)
    assert life.stop(lab.settings(), lab.clients, None, "x") == {"wine": "missing"}
    assert life.start(lab.settings(), lab.clients, None) == {"wine": "missing"}
    assert life.in_service(lab.settings(), lab.clients, "acme-dev-other") == {}
    with pytest.raises(Refused, match="no endpoint beer that can be stopped; it has wine"):
        life.stop(lab.settings(), lab.clients, ["beer"], "x")


def test_without_any_configuration_a_start_says_what_to_do(lab: Lab) -> None:
    life.stop(lab.settings(), lab.clients, None, "night")
    lab.sagemaker.delete_endpoint_config(EndpointConfigName=FIRST)
    with pytest.raises(life.Failed, match="no endpoint configuration any more: deploy the environment"):
        life.start(lab.settings(), lab.clients, None)
    assert latest_config(lab.clients, NAME) is None


def test_a_record_bears_the_environments_tags(lab: Lab) -> None:
    life.stop(lab.settings(), lab.clients, None, "night")
    name = "/acme/dev/operations/stopped/wine"
    tags = lab.make("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    assert tags == [{"Key": "environment", "Value": "dev"}]
    record = Records(lab.clients.ssm, "/acme/dev/operations/stopped", {}).get("wine")
    assert record is not None
    assert (record.state, record.reason, record.endpoint_config_name) == ("stopped", "night", FIRST)
