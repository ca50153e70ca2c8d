"""One page with every kind of block and of chart."""

from __future__ import annotations

import math

from slipway.plots.page import Bar, Bars, Chart, Gauge, Marker, Page, Section, Series, Table, Text, Threshold, Tile, Tiles

START = 1_700_000_000
MINUTES = [START + 60 * i for i in range(180)]
TAILS = [0, 50, 90, 99, 99.9]


def wave(height: float, shift: float = 0) -> list[float]:
    return [height + height / 2 * math.sin(i / 9 + shift) for i in range(180)]


CHARTS = (
    Chart(
        "Invocations",
        [Series("wine", MINUTES, wave(100)), Series("gaps", MINUTES, [None if i % 40 < 5 else 60.0 for i in range(180)])],
        sums=True,
        thresholds=[Threshold(140, "too many", fill="above")],
        markers=[Marker(START + 4000, "deployed")],
        note="times are UTC",
    ),
    Chart("Stacked", [Series(name, MINUTES, wave(k, k)) for k, name in enumerate("abc", 1)], stacked=True, unit="ms"),
    Chart(
        "Two axes",
        [Series("cpu", MINUTES, wave(50), color="#aa00aa"), Series("memory", MINUTES[::5], wave(5e9)[::5], axis="right", fill=True)],
        unit="%",
        right_unit="bytes",
        high=100,
        right_low=0,
        thresholds=[Threshold(6e9, "limit", axis="right", fill="below")],
    ),
    Chart("Percentiles", [Series("run", TAILS, [1, 2, 5, 20, 45])], x_kind="percentile", unit="ms", markers=[Marker(99)]),
    Chart("Histogram", [Series("requests", [1, 2, 4, 8], [5, 50, 400, 2])], x_kind="log", kind="bar", x_unit="ms"),
    Chart("Bars", [Series("x", MINUTES[::10], wave(5)[::10]), Series("y", MINUTES[::10], wave(3)[::10])], kind="bar", stacked=True),
    Chart("Steps", [Series("desired", [0, 10, 20], [1, 2, 1])], x_kind="number", kind="step", x_range=(0, 30), x_unit="s"),
    Chart("One point", [Series("x", [START], [3.0])]),
    Chart("Decades", [Series("x", MINUTES, [10 ** (i / 60) for i in range(180)])], log_y=True, height=300, width=24),
    Chart("Nothing", [Series("silent", [START], [None])]),
)

PAGE = Page(
    "Every block",
    "of a page <b>",
    [
        Section("Numbers", [Tiles([("requests", "12,345", "3 h"), Tile("errors", "3", "0.02 %", "bad"), ("p99", "42 ms")], "Now")]),
        Section("Charts", CHARTS),
        Section(
            "Others",
            [
                Bars("Cost drivers", [Bar("prod-wine", 12), Bar("prod-another-endpoint-with-a-long-name", 3, "#00aa88")], unit="USD"),
                Gauge("CPU", 71, unit="%", thresholds=[Threshold(80)]),
                Gauge("No data", None),
                Table("Alarms", ["name", "state", "value"], [["a", "OK", 1.5], ["b <script>", "ALARM", None]], tones=["good", "bad"]),
                Text("# Notes\n\n**bold** `code` [AWS](https://aws.amazon.com)\n- one\n\n|a|b|\n|-|-|\n|1|2|", markdown=True),
                Text("plain <text>\n\nand more"),
            ],
        ),
    ],
    "made for the tests",
)
