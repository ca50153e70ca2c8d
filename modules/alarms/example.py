"""The smallest real use: the alarms of one endpoint that scales, with two topics."""

from __future__ import annotations

from typing import Any

from modules._shared.deployed import Deployed, DeployedApi, DeployedEndpoint, DeployedVariant
from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.alarms.construct import Alarms, AlarmsRefs
from modules.alarms.kinds import RateAlarm
from modules.alarms.spec import AlarmsSpec, InstancesAlarms


def build(stack: Any) -> None:
    """Alarms on the endpoint `wine`, its API and the state lock."""
    naming = Naming("slipway", "example", "111111111111", "eu-west-1")
    main = DeployedVariant("main", "ml.m5.large", vcpus=2, count=2, min_capacity=2, max_capacity=10)
    wine = DeployedEndpoint("wine", naming.name("wine"), "instances", (main,), captures=True)
    api = DeployedApi(naming.name("api"), "example", naming.name("api"))
    refs = AlarmsRefs(
        deployed=Deployed(naming, (wine,), api, lock_table=naming.name("tflock")),
        topic_arns={
            "critical": naming.arn("sns", naming.name("alarms", "critical")),
            "warning": naming.arn("sns", naming.name("alarms", "warning")),
        },
    )
    spec = AlarmsSpec(instances=InstancesAlarms(invocation_4xx_errors=RateAlarm(threshold=0.1)))
    export(stack, "alarms", Alarms(stack, "alarms", spec=spec, refs=refs).outputs)
