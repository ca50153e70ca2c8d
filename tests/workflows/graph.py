"""GitHub workflows and GitLab pipelines as one kind of graph: jobs, what each needs, what it does, and what it may be started by."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]
_DOES = {
    "test": re.compile(r"\bmake test\b"),
    "scan": re.compile(r"\bslipway scan\b"),
    "plan": re.compile(r"\bslipway plan\b[^\n]*--save\b"),
    "deploy": re.compile(r"\bslipway deploy\b"),
}
_COMMENT = re.compile(r"(^|\s)#[^\n]*")
_GOES_ON = re.compile(r"\b(always|failure|cancelled)\(\)")


@dataclass(frozen=True)
class Job:
    """`gate`: what needs it does not start unless it succeeded. `waits`: a person starts it. `environment`: whose rights it has."""

    name: str
    needs: frozenset[str]
    script: str
    environment: str = ""
    delivers: str = ""
    gate: bool = True
    waits: bool = False
    does: frozenset[str] = field(default_factory=frozenset)


def job(name: str, script: str, does: frozenset[str] | None = None, **more: Any) -> Job:
    """A job that does what its script says."""
    plain = _COMMENT.sub("", script)
    return Job(name=name, script=plain, does=frozenset(kind for kind, found in _DOES.items() if found.search(plain)), **more)


def ancestors(jobs: Mapping[str, Job], name: str) -> list[Job]:
    """Every job without whose success `name` cannot start."""
    found: dict[str, Job] = {}
    waiting = [name]
    while waiting:
        for needed in jobs[waiting.pop()].needs:
            if needed in jobs and needed not in found and jobs[needed].gate:
                found[needed] = jobs[needed]
                waiting.append(needed)
    return list(found.values())


def ways_into_production(jobs: Mapping[str, Job], production: str = "prod") -> list[str]:
    """How production can be reached without tests, scan, plan and approval; [] when it cannot."""
    deploys = [item for item in jobs.values() if "deploy" in item.does and item.delivers in (production, "")]
    found = [] if deploys else ["nothing deploys production: the graph was not understood"]
    for item in deploys:
        before = ancestors(jobs, item.name)
        found += [f"{item.name}: no {kind} before it" for kind in ("test", "scan") if not any(kind in one.does for one in before)]
        if not any("plan" in one.does and one.delivers == item.delivers for one in before):
            found.append(f"{item.name}: no plan of {production} before it")
        if not item.waits:
            found.append(f"{item.name}: nobody is asked")
        if not all("--approved" in command for command in re.findall(r"slipway deploy[^\n]*", item.script)):
            found.append(f"{item.name}: applies another plan")
    deployers = {item.name for item in deploys}
    return [*found, *(f"{item.name}: has the rights of {production}" for item in jobs.values() if _takes(item, production, deployers))]


def _takes(item: Job, production: str, deployers: set[str]) -> bool:
    return item.environment == production and item.name not in deployers


def github_jobs(workflow: Body, called: Mapping[str, Body]) -> dict[str, Job]:
    """The jobs of a workflow, those of reusable workflows in the place of the jobs that call them. `called` is by file name."""
    found: dict[str, Job] = {}
    last: dict[str, frozenset[str]] = {}
    for name, body in workflow["jobs"].items():
        needs = frozenset(one for needed in _list(body.get("needs")) for one in last[needed])
        if "uses" not in body:
            found[name] = _github_job(name, body, needs, {})
            last[name] = frozenset({name})
            continue
        inner = called[body["uses"].rpartition("/")[2]]
        inside = dict(_expanded(name, body, inner, needs))
        found |= inside
        needed = {one for item in inside.values() for one in item.needs}
        last[name] = frozenset(inside) - needed
    return found


def _expanded(name: str, caller: Body, inner: Body, needs: frozenset[str]) -> Iterator[tuple[str, Job]]:
    goes_on = not _is_gate(caller)
    for key, body in inner["jobs"].items():
        own = frozenset(f"{name}/{one}" for one in _list(body.get("needs")))
        made = _github_job(f"{name}/{key}", body, own | (frozenset() if goes_on else needs), caller.get("with", {}))
        yield made.name, made


def _github_job(name: str, body: Body, needs: frozenset[str], inputs: Mapping[str, Any]) -> Job:
    script = "\n".join(str(step.get("run", "")) for step in body["steps"] if not step.get("continue-on-error"))
    environment = body.get("environment", "")
    environment = environment.get("name", "") if isinstance(environment, dict) else environment
    for key, value in inputs.items():
        environment = environment.replace(f"${{{{ inputs.{key} }}}}", str(value))
    starts = not _GOES_ON.search(str(body.get("if", "")))
    # A protected environment waits for its reviewers; AWS gives its role to no job outside of it.
    return job(
        name, script, needs=needs if starts else frozenset(), environment=environment, gate=_is_gate(body), waits=environment == "prod",
        delivers=str(inputs.get("environment", environment)),
    )  # fmt: skip


def _is_gate(body: Body) -> bool:
    return not body.get("continue-on-error") and not _GOES_ON.search(str(body.get("if", "")))


def gitlab_jobs(document: Body) -> dict[str, Job]:
    """The jobs of a pipeline of the main branch, with what they extend."""
    reserved = {"stages", "variables", "default", "workflow", "include"}
    bodies = {name: _extended(document, name) for name in document if name not in reserved and not name.startswith(".")}
    on_main = {name: body for name, body in bodies.items() if any(_on_main(rule) for rule in body.get("rules", ()))}
    stages = document["stages"]
    found = {}
    for name, body in on_main.items():
        earlier = {other for other, one in on_main.items() if stages.index(one["stage"]) < stages.index(body["stage"])}
        needs = {one if isinstance(one, str) else one["job"] for one in body["needs"]} if "needs" in body else earlier
        rule = next(rule for rule in body["rules"] if _on_main(rule))
        when = rule.get("when", body.get("when", "on_success"))
        allowed = rule.get("allow_failure", body.get("allow_failure", when == "manual"))
        environment = body.get("environment", {})
        environment = environment.get("name", "") if isinstance(environment, dict) else environment
        found[name] = job(
            name, "\n".join(map(str, body.get("script", ()))), needs=frozenset(needs if when in ("on_success", "manual") else ()),
            environment=environment, gate=not allowed, waits=when == "manual", delivers=str(body.get("variables", {}).get("ENVIRONMENT", "")),
        )  # fmt: skip
    return found


def _on_main(rule: Body) -> bool:
    text = str(rule.get("if", ""))
    return '"push"' in text and "$CI_DEFAULT_BRANCH" in text and rule.get("when") != "never"


def _extended(document: Body, name: str) -> Body:
    body = document[name]
    merged: Body = {}
    for parent in _list(body.get("extends")):
        merged = _merged(merged, _extended(document, parent))
    own = {key: _referenced(document, value) for key, value in body.items() if key != "extends"}
    return _merged(merged, own)


def _merged(one: Body, two: Body) -> Body:
    found = copy.deepcopy(one)
    for key, value in two.items():
        both = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = {**found[key], **value} if both else copy.deepcopy(value)
    return found


def _referenced(document: Body, value: Any) -> Any:
    """A list with the items of the lists that `!reference [job, key]` names."""
    if not isinstance(value, list):
        return value
    found: list[Any] = []
    for item in value:
        if isinstance(item, Reference):
            found += _extended(document, item.job)[item.key]
        else:
            found.append(item)
    return found


@dataclass(frozen=True)
class Reference:
    """`!reference [job, key]`."""

    job: str
    key: str


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [] if value is None else [value]
