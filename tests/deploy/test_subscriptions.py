"""A deploy says whose subscription is pending: an alarm that nobody hears is no alarm."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from moto.sns.models import sns_backends

from modules._shared.naming import Naming
from slipway.deploy import apply
from slipway.deploy.subscriptions import report_pending
from slipway.deploy.target import Target
from tests.deploy.support import ACCOUNT, REGION, Config, Recorder, boto

NAMING = Naming("demo", "dev", ACCOUNT, REGION)


@dataclass(frozen=True)
class Named(Config):
    @property
    def naming(self) -> Naming:
        return NAMING


@pytest.fixture
def target(make_target: Callable[..., Target], aws: str) -> Target:
    made = make_target({"shared": {}})
    made.config = Named()
    file = made.folder("dev-shared") / "cdk.tf.json"
    document = json.loads(file.read_text())
    document["resource"]["aws_sns_topic"] = {name: {"name": f"demo-dev-alarms-{name}"} for name in ("critical", "warning")}
    file.write_text(json.dumps(document))
    for name in ("critical", "warning"):
        boto(aws, "sns").create_topic(Name=f"demo-dev-alarms-{name}")
    return made


def said(target: Target) -> list[str]:
    reporter = target.reporter
    assert isinstance(reporter, Recorder)
    reporter.lines.clear()
    report_pending(target, "dev-shared")
    return reporter.lines


def test_who_has_not_confirmed(target: Target, aws: str) -> None:
    sns = boto(aws, "sns")
    assert said(target) == []
    topic = NAMING.arn("sns", "demo-dev-alarms-critical")
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="now@example.com")
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://oncall.example.com/sns")
    mail, https = said(target)
    assert mail.startswith("dev-shared now@example.com has not confirmed its subscription to demo-dev-alarms-critical") and "mail" in mail
    assert "https://oncall.example.com/sns has not confirmed" in https and "SubscribeURL" in https
    for subscription in list(sns_backends[ACCOUNT][REGION].subscriptions.values()):
        sns.confirm_subscription(TopicArn=topic, Token=getattr(subscription, "slipway_token"))  # noqa: B009 - the local AWS's own
    assert said(target) == []


def test_what_cannot_be_read_stops_nothing(target: Target, make_target: Callable[..., Target]) -> None:
    make_target({"shared": {}})
    assert said(target) == [], "no topic of that name any more"


def test_every_deploy_asks_even_one_that_changes_nothing(make_target: Callable[..., Target], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(apply, "report_pending", lambda _target, stack: asked.append(stack))
    made = make_target({"state": {"bucket": {"input": "stands for it"}}, "shared": {"a": {"input": "x"}}})
    apply.apply_stack(made, made.state_stack, lambda _review: True)
    for applied in (True, False):
        asked.clear()
        assert apply.apply_stack(made, "dev-shared", lambda _review: True).applied is applied
        assert asked == ["dev-shared"]
