"""The search against a real server whose highest rate is known."""

from __future__ import annotations

import pytest

from slipway.contract.cases import Case
from slipway.load.arrivals import constant
from slipway.load.destination import Destination
from slipway.load.find_max import Step
from slipway.load.plan import Plan
from slipway.load.prepare import Prepared
from slipway.load.search import as_document, search
from slipway.load.signing import Auth
from slipway.load.slo import Objective
from tests.load.delays import delayed

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("ahead_of_others")]


def test_the_highest_rate_of_a_server_that_does_one_thing_at_a_time() -> None:
    """20 ms each, one after the other: 50 requests a second. Above it the line grows by the second."""
    objective, told = Objective(p99=100, error_budget=0.1), list[Step]()
    with delayed([0.020], serial=True) as url:
        plan = Plan(url, Auth("open"), (Case("one", b"{}"),), constant(40, 2), processes=1, warmup=0.5, timeout=5.0)
        about = {"target": {"name": url, "environment": "dev"}, "arrivals": {"kind": "constant", "rate": 40}, "case_file": "cases.yaml"}
        prepared = Prepared(plan, Destination("url", url, url, plan.auth), about)
        found = search(prepared, objective, lambda _: None, told.append, precision=0.2)
    assert found.limited_by == "objective" and 40 <= found.rate <= 52
    assert told == found.steps and [step.met for step in told[-2:]] == [True, True]
    document = as_document(found, prepared, objective)
    assert document["max_rate"] == found.rate and document["report"]["arrivals"]["rate"] == found.rate
