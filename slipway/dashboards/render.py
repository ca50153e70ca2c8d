"""The deployed dashboard of an environment, read and drawn: GetDashboard, the metrics of its widgets, one page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from slipway.artifacts.account import Account, error_code, explain
from slipway.dashboards.alarms import Alarm, alarms_by_arn
from slipway.dashboards.body import Dashboard, Widget, read_dashboard
from slipway.dashboards.queries import Line, Range, fetch
from slipway.dashboards.widgets import block
from slipway.errors import SlipwayError
from slipway.plots.page import Page, Section

DEFAULT_SECONDS = 3 * 3600
_ABSENT = ("ResourceNotFound", "ResourceNotFoundException", "DashboardNotFoundError")
_START = re.compile(r"-P(?:(\d+)D|(\d+)W|T(\d+)H|T(\d+)M)")
_UNITS = (86_400, 7 * 86_400, 3600, 60)


@dataclass(frozen=True)
class Drawn:
    """Dashboards with the lines of each of their widgets, for one range of time."""

    dashboards: list[Dashboard]
    lines: list[list[list[Line]]]
    alarms: dict[str, Alarm]
    span: Range

    def summary(self) -> list[dict[str, Any]]:
        """Each metric widget and its lines in numbers."""
        return [
            {
                "dashboard": dashboard.name,
                "title": widget.title,
                "view": widget.view,
                "series": [_numbers(line) for line in lines],
            }
            for dashboard, per_widget in zip(self.dashboards, self.lines, strict=True)
            for widget, lines in zip(dashboard.widgets, per_widget, strict=True)
            if widget.kind == "metric"
        ]


def _numbers(line: Line) -> dict[str, Any]:
    return {
        "label": line.label,
        "stat": line.metric.stat if not line.metric.expression else "",
        "points": len(line.values),
        "sum": sum(line.values),
        "last": line.values[-1] if line.values else None,
    }


def draw(account: Account, seconds: int = 0, period: int = 0, now: Callable[[], float] = time.time) -> Drawn:
    """Read the environment's dashboards and the data of the last `seconds` (0: as long as the dashboard itself shows).

    `period`: seconds of a point in place of what the widgets say. SlipwayError when there is no dashboard.
    """
    dashboards = deployed_dashboards(account)
    end = -(-now() // 60) * 60
    span = Range(end - (seconds or start_seconds(dashboards[0].start)), end, period)
    clients: dict[str, Any] = {"": account.client("cloudwatch"), account.config.region: account.client("cloudwatch")}

    def client(region: str) -> Any:
        if region not in clients:
            raise SlipwayError(f"the dashboard shows metrics of {region}, and {account.config.name} is in {account.config.region}")
        return clients[region]

    arns = [arn for dashboard in dashboards for widget in dashboard.widgets for arn in _alarm_arns(widget)]
    alarms = alarms_by_arn(clients[""], arns) if arns else {}
    dashboards = [replace(one, widgets=tuple(_with_alarm_metric(widget, alarms) for widget in one.widgets)) for one in dashboards]
    return Drawn(dashboards, [fetch(client, one.widgets, span) for one in dashboards], alarms, span)


def page(account: Account, drawn: Drawn) -> Page:
    """The page. A text that is as wide as the dashboard begins a new section."""
    sections: list[Section] = []
    for dashboard, per_widget in zip(drawn.dashboards, drawn.lines, strict=True):
        sections.append(Section(dashboard.name if len(drawn.dashboards) > 1 else "", []))
        for widget, lines in zip(dashboard.widgets, per_widget, strict=True):
            if widget.kind == "text" and widget.width == 24 and sections[-1].blocks:
                sections.append(Section("", []))
            sections[-1] = Section(sections[-1].title, [*sections[-1].blocks, block(widget, lines, drawn.alarms, drawn.span)])
    where = "local AWS, " if account.is_local else ""
    subtitle = (
        f"{where}account {account.config.account_id}, {account.config.region}; {_utc(drawn.span.start)} to {_utc(drawn.span.end)} UTC"
    )
    return Page(f"Dashboard {drawn.dashboards[0].name}", subtitle, sections, "Drawn by `slipway dashboard` from CloudWatch's data.")


def deployed_dashboards(account: Account) -> list[Dashboard]:
    """The environment's dashboards as they are deployed, all pages, the load testers' last. SlipwayError when there is none."""
    from modules.dashboard.spec import dashboard_name
    from modules.load_test.spec import dashboard_name as load_test_dashboard_name

    found: list[Dashboard] = []
    while (one := _deployed(account, dashboard_name(account.naming, len(found) + 1))) is not None:
        found.append(one)
    if account.config.load_test is not None and (testers := _deployed(account, load_test_dashboard_name(account.naming))) is not None:
        found.append(testers)
    if not found:
        raise SlipwayError(
            f"there is no dashboard {dashboard_name(account.naming)} in account {account.config.account_id}",
            fix=f"write `observability:` into environments/{account.config.name}.yaml and run `slipway deploy {account.config.name}`",
        )
    return found


def _deployed(account: Account, name: str) -> Dashboard | None:
    from botocore.exceptions import ClientError

    try:
        return read_dashboard(name, account.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"])
    except ClientError as error:
        if error_code(error) in _ABSENT:
            return None
        raise explain(error, f"cannot read dashboard {name}", account) from None


def start_seconds(start: str) -> int:
    """How far back a dashboard opens, in seconds: -PT3H is 10,800, and so is what says nothing."""
    match = _START.fullmatch(start)
    return (
        next((int(number) * size for number, size in zip(match.groups(), _UNITS, strict=True) if number), 0) if match else DEFAULT_SECONDS
    )


def _alarm_arns(widget: Widget) -> list[str]:
    annotated = (widget.properties.get("annotations") or {}).get("alarms", [])
    return [*annotated, *(widget.properties.get("alarms", []) if widget.kind == "alarm" else [])]


def _with_alarm_metric(widget: Widget, alarms: dict[str, Alarm]) -> Widget:
    """A metric widget that only names an alarm shows that alarm's metric."""
    if widget.kind != "metric" or widget.metrics:
        return widget
    metrics = tuple(alarm.metric for arn in _alarm_arns(widget) if (alarm := alarms.get(arn)) and alarm.metric)
    return replace(widget, metrics=metrics[:1])


def _utc(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%d %H:%M")
