"""What deploying and planning the observability stack calls: dashboards, saved queries. Pure: loads no toolkit.

Alarms, topics and log groups have their rows in `serving_access`: the serving stack has alarms of its own.
"""

from __future__ import annotations

from modules._shared.naming import Naming
from modules._shared.published_metrics import LOCK_NAMESPACE
from modules.identity.access import Access, actions, prefix


def observability(naming: Naming) -> list[Access]:
    """Rows of the observability stack, and what `slipway dashboard` and `slipway status` read."""
    dashboards = tuple(naming.arn("cloudwatch", f"dashboard/{name}", region=False) for name in (naming.name(), f"{prefix(naming)}*"))
    queries = actions("logs", "DeleteQueryDefinition", "PutQueryDefinition")
    reads = (*actions("cloudwatch", "GetMetricData", "ListMetrics"), *actions("logs", "DescribeQueryDefinitions"))
    return [
        Access(
            "Dashboards",
            dashboards,
            plan=actions("cloudwatch", "GetDashboard"),
            deploy=actions("cloudwatch", "DeleteDashboards", "PutDashboard"),
        ),
        Access("QueriesAndMetrics", ("*",), plan=reads, deploy=queries),
        Access(
            "LockMetric",
            ("*",),
            deploy=actions("cloudwatch", "PutMetricData"),
            condition={"StringEquals": {"cloudwatch:namespace": LOCK_NAMESPACE}},
        ),
    ]
