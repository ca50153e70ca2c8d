"""What `slipway invoke` shows: one answer, many, or the outcome of a case file."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import typer

from slipway.cli.output import TerminalReporter, show, table

if TYPE_CHECKING:
    from rich.console import Console

    from slipway.invoke.call import Answer
    from slipway.invoke.many import CaseResult, Repeated


def show_answer(named: str, answer: Answer, as_json: bool) -> None:
    """One answer: its body on standard output, the rest beside it. `named`: the endpoint."""
    try:
        body: dict[str, Any] = {"body": answer.body.decode()}
    except UnicodeDecodeError:
        body = {"body_base64": base64.b64encode(answer.body).decode()}
    about = {"content_type": answer.content_type, "variant": answer.variant, "latency_ms": round(answer.seconds * 1000, 2)}

    def render(console: Console) -> None:
        text = body.get("body")
        console.print(text.rstrip("\n") if text is not None else f"({len(answer.body)} bytes of {answer.content_type})")
        from_variant = f"variant {answer.variant}, " if answer.variant else ""
        TerminalReporter().info(named, f"{answer.status} {answer.content_type}, {from_variant}{about['latency_ms']} ms")

    show({"endpoint": named, "status": answer.status, **about, **body}, as_json, render)


def show_repeated(named: str, repeated: Repeated, as_json: bool) -> None:
    """Counts and latencies of many requests. SlipwayError when some failed."""
    from slipway.errors import SlipwayError

    result = {"endpoint": named, **repeated.as_dict()}

    def render(console: Console) -> None:
        counts = table("requests", "failed", "p50 ms", "p90 ms", "p99 ms", "variants")
        latency = result["latency_ms"]
        variants = ", ".join(f"{name} {count}" for name, count in repeated.variants.items())
        counts.add_row(str(result["requests"]), str(repeated.failed), *(f"{latency[name]:.1f}" for name in ("p50", "p90", "p99")), variants)
        console.print(counts)

    if repeated.failed and as_json:
        raise SlipwayError(f"{repeated.failed} of {result['requests']} requests failed", details=result)
    show(result, as_json, render)
    if repeated.failed:
        first = next(answer for answer in repeated.answers if answer.status >= 400)
        raise SlipwayError(f"{repeated.failed} requests failed; the first: {first.status} {first.text[:200]}")


def show_cases(named: str, results: list[CaseResult], as_json: bool) -> None:
    """The outcome of each case. Exit code 1 when one failed."""
    failed = [result.case.name for result in results if result.verdict == "fail"]

    def render(console: Console) -> None:
        outcome = table("case", "result", "status", "variant", "ms", "what is wrong")
        for result in results:
            answer = result.answer
            told = (str(answer.status), answer.variant, f"{answer.seconds * 1000:.1f}") if answer else ("", "", "")
            outcome.add_row(result.case.name, result.verdict, *told, result.problem or "")
        console.print(outcome)
        console.print(f"{len(results) - len(failed)} of {len(results)} cases without a difference")

    show({"endpoint": named, "failed": failed, "cases": [result.as_dict() for result in results]}, as_json, render)
    if failed:
        raise typer.Exit(1)
