"""Production cannot be reached without tests, scan and approval: shown on the definition, and every way around it is found.

The definition is what Terraform sends to CodePipeline. CKV_SLIPWAY_80 to 82 look at it as a graph; the same rules hold for every
environment that `slipway scan` sees. Here each of them must pass on what the module makes, and fail on each thing taken out of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from policies.catalog import rules
from policies.estate import Document, Estate
from policies.pipelines import actions
from policies.rule import Answer
from tests.modules.delivery.definition import pipeline, projects, role, whole

Body = dict[str, Any]
GATES = ("CKV_SLIPWAY_80", "CKV_SLIPWAY_81", "CKV_SLIPWAY_82")


def broken(document: Body) -> dict[str, list[str]]:
    """Rule -> reasons, of all findings of the three rules."""
    estate = Estate((Document("dev-delivery", document),), environment="dev")
    found: dict[str, list[str]] = {}
    for rule in GATES:
        for resource in estate.resources():
            verdict = rules()[rule].judge(resource, estate)
            if verdict.answer in (Answer.FAIL, Answer.UNKNOWN):
                found.setdefault(rule, []).append(verdict.reason)
    return found


def stage(document: Body, name: str) -> Body:
    (found,) = [item for item in pipeline(document)["stage"] if item["name"] == name]
    return found


def action(document: Body, name: str) -> Body:
    (found,) = [item for part in pipeline(document)["stage"] for item in part["action"] if item["name"] == name]
    return found


def without_stage(name: str) -> Callable[[Body], None]:
    return lambda document: pipeline(document)["stage"].remove(stage(document, name))


def without_action(stage_name: str, name: str) -> Callable[[Body], None]:
    return lambda document: stage(document, stage_name)["action"].remove(action(document, name))


def moved_behind(name: str) -> Callable[[Body], None]:
    def change(document: Body) -> None:
        moved = stage(document, name)
        pipeline(document)["stage"].remove(moved)
        pipeline(document)["stage"].append(moved)

    return change


def ordered(name: str, order: int) -> Callable[[Body], None]:
    return lambda document: action(document, name).update(run_order=order)


def goes_on_after_failure(name: str) -> Callable[[Body], None]:
    return lambda document: stage(document, name).update(on_failure={"result": "SKIP"})


def goes_on_unentered(name: str) -> Callable[[Body], None]:
    rule = {"name": "never", "rule_type_id": {"category": "Rule", "provider": "VariableCheck"}}
    return lambda document: stage(document, name).update(before_entry={"condition": {"result": "SKIP", "rule": [rule]}})


def commands(step: str, old: str, new: str) -> Callable[[Body], None]:
    def change(document: Body) -> None:
        source = projects(document)[step]["source"]
        assert old in source["buildspec"]
        source["buildspec"] = source["buildspec"].replace(old, new)

    return change


def statement(document: Body, role_name: str, sid: str) -> Iterator[tuple[Body, Body, Body]]:
    """(resource, policy, statement) of a role's policy."""
    for name, body in document["resource"]["aws_iam_role_policy"].items():
        if f"policy_{role_name}_" in name:
            policy = json.loads(body["policy"])
            yield from ((body, policy, item) for item in policy["Statement"] if item["Sid"] == sid)


def may_assume(role_name: str, arn: str) -> Callable[[Body], None]:
    def change(document: Body) -> None:
        ((body, policy, _),) = statement(document, role_name, "WriteLogs")
        policy["Statement"].append({"Sid": "More", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn})
        body["policy"] = json.dumps(policy)

    return change


def may_push_to(resource: list[str]) -> Callable[[Body], None]:
    def change(document: Body) -> None:
        ((body, policy, item),) = statement(document, "image", "PushImages")
        item["Resource"] = resource
        body["policy"] = json.dumps(policy)

    return change


def test_what_the_module_makes_passes_all_gates() -> None:
    assert broken(whole()) == {}


def test_the_graph_is_the_one_that_was_asked_for() -> None:
    """Otherwise the rules would look at nothing, and pass."""
    document = whole()
    estate = Estate((Document("dev-delivery", document),), environment="dev")
    (resource,) = estate.resources("aws_codepipeline")
    found = {item.name: set(item.does) for item in actions(resource, estate)}
    assert found == {
        **{"source": set(), "clone": set(), "test": {"test"}, "scan": {"scan"}, "image": set()},
        **{f"plan-{name}": {"plan"} for name in ("dev", "staging", "prod")},
        **{f"apply-{name}": {"deploy"} for name in ("dev", "staging", "prod")},
        **{f"{step}-{name}": set() for step in ("smoke", "record") for name in ("dev", "staging", "prod")},
        **{f"approve-{name}": {"approval"} for name in ("staging", "prod")},
    }
    assert [item.name for item in actions(resource, estate) if "deploy" in item.does and item.production] == ["apply-prod"]


WAYS_AROUND: dict[str, tuple[Callable[[Body], None], str]] = {
    "no tests": (without_stage("test"), "apply-prod: can run without a test that passed"),
    "no scan": (without_stage("scan"), "apply-prod: can run without a scan that passed"),
    "tests last": (moved_behind("test"), "apply-prod: can run without a test that passed"),
    "scan last": (moved_behind("scan"), "apply-prod: can run without a scan that passed"),
    "tests may fail": (goes_on_after_failure("test"), "apply-prod: can run without a test that passed"),
    "scan may fail": (goes_on_after_failure("scan"), "apply-prod: can run without a scan that passed"),
    "tests may be left out": (goes_on_unentered("test"), "apply-prod: can run without a test that passed"),
    "a test stage without tests": (commands("test", "$TEST_COMMAND", "true"), "apply-prod: can run without a test that passed"),
    "tests in a comment": (commands("test", "- $TEST_COMMAND", "- true\n      # $TEST_COMMAND"), "can run without a test that passed"),
    "a scan stage without scan": (commands("scan", "slipway scan", "slipway synth"), "apply-prod: can run without a scan that passed"),
    "no approval": (without_action("deliver-prod", "approve-prod"), "apply-prod: can run without an approval of its plan"),
    "only staging's approval": (without_action("deliver-prod", "approve-prod"), "apply-prod: can run without an approval of its plan"),
    "approval beside the apply": (ordered("approve-prod", 3), "apply-prod: can run without an approval of its plan"),
    "approval after the apply": (ordered("approve-prod", 9), "apply-prod: can run without an approval of its plan"),
    "approval before the plan": (ordered("plan-prod", 3), "apply-prod: can run without an approval of its plan"),
    "no plan": (without_action("deliver-prod", "plan-prod"), "apply-prod: can run without an approval of its plan"),
    "production may be skipped into": (goes_on_unentered("deliver-prod"), "apply-prod: can run without an approval of its plan"),
    "nothing is saved": (commands("plan-prod", "--save review", ""), "apply-prod: can run without an approval of its plan"),
    "another plan": (commands("apply-prod", "--approved", "--auto-approve #"), "apply-prod: applies another plan than the approved one"),
    "a second deploy": (
        commands(
            "apply-prod", "- AWS_PROFILE=environment", "- .venv/bin/slipway deploy prod --auto-approve\n      - AWS_PROFILE=environment"
        ),
        "apply-prod: applies another plan than the approved one",
    ),
    "an early deploy": (
        commands("test", "- $TEST_COMMAND", "- $TEST_COMMAND\n      - .venv/bin/slipway deploy prod --auto-approve"),
        "test: can run without a scan that passed; test: can run without an approval of its plan",
    ),
    "not known to be production": (
        lambda document: projects(document)["apply-staging"].pop("tags"),
        "can run without an approval of its plan",
    ),
}


@pytest.mark.parametrize("way", WAYS_AROUND)
def test_no_way_leads_around_the_gates(way: str) -> None:
    change, expected = WAYS_AROUND[way]
    document = whole()
    change(document)
    (reason,) = broken(document)["CKV_SLIPWAY_80"]
    assert expected in reason


TAKEN: dict[str, tuple[str, str]] = {
    "tests": ("check", "slipway-dev-delivery-test"),
    "the image build": ("image", "slipway-dev-delivery-image"),
    "the plan": ("plan-prod", "slipway-dev-delivery-plan-prod"),
    "staging's deploy": ("deploy-staging", "slipway-dev-delivery-apply-staging"),
    "the release of packages": ("release", "slipway-dev-delivery-release"),
    "the nightly comparison": ("drift", "slipway-dev-delivery-drift"),
    "environments of branches": ("expire", "slipway-dev-delivery-expire"),
}


@pytest.mark.parametrize("who", TAKEN)
def test_nobody_has_productions_rights_before_the_approval(who: str) -> None:
    role_name, project = TAKEN[who]
    document = whole()
    may_assume(role_name, role("prod", "deploy"))(document)
    assert f"{project} may assume {role('prod', 'deploy')} before anybody has approved apply-prod" in broken(document)["CKV_SLIPWAY_82"][0]


def test_the_privileged_build_pushes_to_one_repository() -> None:
    arn = "arn:aws:ecr:eu-west-1:111111111111:repository/"
    for wide in ([f"{arn}one", f"{arn}two"], [f"{arn}*"]):
        document = whole()
        may_push_to(wide)(document)
        assert "it is privileged and may push to" in broken(document)["CKV_SLIPWAY_81"][0]
    document = whole()
    may_assume("image", role("dev", "read-only"))(document)
    assert broken(document)["CKV_SLIPWAY_81"] == ["it is privileged and may assume roles"]
    document = whole()
    projects(document)["apply-prod"]["environment"]["privileged_mode"] = True
    assert broken(document)["CKV_SLIPWAY_81"] == ["it is privileged and may assume roles"]


def test_a_role_that_is_nowhere_is_not_taken_for_harmless() -> None:
    document = whole()
    projects(document)["image"]["service_role"] = "arn:aws:iam::111111111111:role/somebody"
    assert set(broken(document)) == {"CKV_SLIPWAY_81", "CKV_SLIPWAY_82"}
