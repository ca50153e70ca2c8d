"""How `slipway status` looks in a terminal."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from slipway.cli.output import table
from slipway.plots.numbers import NOTHING, number

if TYPE_CHECKING:
    from slipway.dashboards.alarms import Alarm
    from slipway.dashboards.status import EndpointStatus, Status, Traffic, Variant

_COLORS = {"InService": "green", "Active": "green", "OK": "green", "Failed": "red", "ALARM": "red", "does not exist": "red"}
_SHOWN_ALARMS = 20


def view(status: Status, now: float) -> RenderableType:
    """Endpoints, API and alarms, one below the other. `now`: seconds since 1970."""
    minutes = f"{status.seconds / 60:.0f} min"
    parts: list[RenderableType] = [Text.assemble((status.environment, "bold"), f"  {_clock(now)} UTC, traffic of the last {minutes}")]
    for endpoint in status.endpoints:
        parts += _endpoint(endpoint)
    if status.api is not None:
        found = table("requests", "4XX", "5XX", "p50", "p99", "function errors", "throttles", title=f"API {status.api.name}")
        found.add_row(*_traffic(status.api.traffic), number(status.api.function_errors), number(status.api.throttles))
        parts.append(found)
    parts += _alarms(status.alarms)
    if status.troubles:
        parts.append(Text("; ".join(status.troubles), style="red"))
    return Group(*parts)


def _state(state: str) -> Text:
    return Text(state, style=_COLORS.get(state, "yellow"))


def _endpoint(endpoint: EndpointStatus) -> list[RenderableType]:
    title = Text.assemble("\n", (endpoint.name, "bold"), f"  {endpoint.hosting}  ", _state(endpoint.state))
    parts: list[RenderableType] = [Text.assemble(title, f"  {endpoint.reason}" if endpoint.reason else "")]
    if endpoint.variants:
        unit = "concurrency" if endpoint.hosting in ("serverless", "lambda") else "instances"
        found = table("variant", "traffic", unit, "range", "requests", "4XX", "5XX", "p50", "p99", "state")
        for variant in endpoint.variants:
            found.add_row(*_variant(variant))
        parts.append(found)
    if endpoint.scaling:
        parts.append(Text(f"scaling: {endpoint.scaling}", style="dim"))
    return parts


def _variant(variant: Variant) -> list[str]:
    running = str(variant.running) if variant.running == variant.desired else f"{variant.running} of {variant.desired}"
    span = f"{variant.minimum}-{variant.maximum}" if variant.maximum is not None else ""
    share = "shadow" if variant.shadow else f"{variant.share:.0f}%"
    return [variant.name, share, running, span, *_traffic(variant.traffic), variant.state]


def _traffic(traffic: Traffic) -> list[str]:
    latencies = [f"{number(value)} ms" if value is not None else NOTHING for value in (traffic.p50_ms, traffic.p99_ms)]
    return [number(traffic.requests), number(traffic.errors_4xx), number(traffic.errors_5xx), *latencies]


def _alarms(alarms: tuple[Alarm, ...]) -> list[RenderableType]:
    """Those that are not OK; the others are counted."""
    if not alarms:
        return [Text("\nno alarms", style="dim")]
    loud = [alarm for alarm in alarms if alarm.state != "OK"]
    counts = ", ".join(f"{sum(a.state == state for a in alarms)} {state}" for state in ("ALARM", "INSUFFICIENT_DATA", "OK"))
    parts: list[RenderableType] = [Text(f"\nalarms: {counts}")]
    if loud:
        found = table("alarm", "state", "since (UTC)", "reason")
        for alarm in loud[:_SHOWN_ALARMS]:
            found.add_row(alarm.name, _state(alarm.state), _clock(alarm.changed), alarm.reason)
        parts.append(found)
    if len(loud) > _SHOWN_ALARMS:
        parts.append(Text(f"and {len(loud) - _SHOWN_ALARMS} more", style="dim"))
    return parts


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
