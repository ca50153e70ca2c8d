"""The smallest real use: an endpoint that runs in working hours, a time to live, a budget, an idle report."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.operations.construct import Operations, OperationsRefs
from modules.operations.function.settings import Hosted
from modules.operations.spec import Budget, IdleReport, OperationsSpec, WorkingHours

NAMING = Naming("slipway", "example", "111111111111", "eu-west-1", {"owner": "ml-platform"})
KEY = "arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000"


def build(stack: Any) -> None:
    """Function, schedules, topic and budget of an environment with the endpoint `wine`."""
    spec = OperationsSpec(
        working_hours=WorkingHours(stop="cron(0 20 ? * MON-FRI *)", start="cron(0 7 ? * MON-FRI *)", timezone="Europe/Berlin"),
        expires_at="2036-12-31T18:00:00Z",
        budget=Budget(limit_amount=250),
        idle_report=IdleReport(days=7),
        subscribers=("ml-platform@example.com",),
    )
    hosted = [Hosted("wine", NAMING.name("wine"), expires_at="2036-12-31T18:00:00Z")]
    refs = OperationsRefs(
        hosted, kms_key_arn=KEY, logs_kms_key_arn=KEY, volume_key_arn=KEY, tags={"project": "slipway", "environment": "example"}
    )
    operations = Operations(stack, "operations", naming=NAMING, spec=spec, refs=refs)
    export(stack, "operations", operations.outputs)
