"""The smallest real use: a commit goes to a test environment, and after an approval to production in another account."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.delivery.construct import Delivery
from modules.delivery.refs import DeliveryRefs, EnvironmentRefs
from modules.delivery.spec import DeliveredEnvironment, DeliverySpec

NAMING = Naming("slipway", "example", "111111111111", "eu-west-1", {"owner": "ml-platform"})
KEY = "arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000"
CASES = {"wine": "examples/wine/cases.yaml"}


def environment(account_id: str, name: str, *, production: bool = False) -> EnvironmentRefs:
    """An environment with the roles that `access` of its file makes."""
    role = f"arn:aws:iam::{account_id}:role/slipway-{name}"
    return EnvironmentRefs(account_id, "eu-west-1", f"{role}-deploy", f"{role}-read-only", production=production)


def build(stack: Any) -> None:
    """Pipeline, builds, and the rule that releases approved packages of `wine`."""
    spec = DeliverySpec(
        repository="example/models",
        environments=(
            DeliveredEnvironment(name="example", approval=False, cases=CASES),
            DeliveredEnvironment(name="prod", cases=CASES, approval_timeout_in_minutes=1440),
        ),
        force_destroy=True,
    )
    refs = DeliveryRefs(
        environments={"example": environment(NAMING.account_id, "example"), "prod": environment("333333333333", "prod", production=True)},
        kms_key_arn=KEY,
        logs_kms_key_arn=KEY,
        package_groups={"wine": NAMING.name("wine")},
    )
    export(stack, "delivery", Delivery(stack, "delivery", naming=NAMING, spec=spec, refs=refs).outputs)
