"""Which hosting kind fits a few numbers, and why each of the others does not, or less.

A kind is ruled out by a limit of `limits.yaml`. Of those that are left the order is: what answers the caller in time, then what costs
nothing while nothing is asked, the more so the larger the idle share.
"""

from __future__ import annotations

from dataclasses import dataclass

from slipway.advise.limits import Kind, Limits

MOSTLY_IDLE = 0.5
"""From this idle share on, what scales to zero goes first: half of the hours of an instance would be paid for nothing."""


@dataclass(frozen=True)
class Load:
    """What is known of the traffic.

    `requests_per_second` while requests come; `p99_in_ms`: wanted answer time, 0 for none; `payload_mb`: largest request; `idle_share`:
    part of the day (0 to 1) without requests; `timeout_in_seconds`: longest the model takes; `gpu`: it needs one; `cold_start_ok`: a
    request may wait for a start; `memory_gib` of one copy of the model; `answer`: now, later (S3), or files (whole data sets at a time);
    `through_api`: callers come through the environment's API.
    """

    requests_per_second: float = 0.0
    p99_in_ms: float = 0.0
    payload_mb: float = 0.0
    idle_share: float = 0.0
    timeout_in_seconds: float = 0.0
    gpu: bool = False
    cold_start_ok: bool = False
    memory_gib: float = 0.0
    answer: str = "now"
    through_api: bool = False


@dataclass(frozen=True)
class Verdict:
    """One kind. `against`: limits it breaks, each a sentence; `points`: the lower the better; `because`: what speaks for and against."""

    kind: Kind
    against: tuple[str, ...]
    points: int
    because: tuple[str, ...]


def advise(load: Load, limits: Limits) -> list[Verdict]:
    """All kinds, the best first, those that are ruled out last."""
    verdicts = [_verdict(kind, load, limits) for kind in limits.kinds]
    return sorted(verdicts, key=lambda verdict: (bool(verdict.against), verdict.points))


def _verdict(kind: Kind, load: Load, limits: Limits) -> Verdict:
    judged = [(points, text) for points, text in (_idle(kind, load), _steady(kind, load), _work(kind), _late(kind, load)) if text]
    return Verdict(kind, tuple(_against(kind, load, limits)), sum(points for points, _ in judged), tuple(text for _, text in judged))


def _against(kind: Kind, load: Load, limits: Limits) -> list[str]:
    """The limits that the load breaks."""
    seconds = max(load.timeout_in_seconds, load.p99_in_ms / 1000)
    found = []
    if kind.payload_mb is not None and load.payload_mb > kind.payload_mb:
        found.append(f"takes requests of {kind.payload_mb:,} MB, not {load.payload_mb:g}")
    if seconds > kind.timeout_in_seconds:
        found.append(f"waits {kind.timeout_in_seconds:,} s for an answer, not {seconds:g}")
    if load.gpu and not kind.gpu:
        found.append("has no GPU")
    if kind.memory_gib is not None and load.memory_gib > kind.memory_gib:
        found.append(f"has {kind.memory_gib} GiB of memory, not {load.memory_gib:g}")
    if load.answer == "now" and not kind.synchronous:
        found.append(f"answers {kind.answers}")
    if load.answer == "now" and kind.cold and not load.cold_start_ok:
        found.append(f"may start cold ({kind.cold_start}), which is not tolerated")
    if load.answer == "files" and kind.name != "batch_transform" and kind.synchronous:
        found.append("answers single requests: somebody would have to read the files and ask")
    if load.through_api and kind.synchronous:
        found += _through_api(load, limits, seconds)
    return found


def _through_api(load: Load, limits: Limits, seconds: float) -> list[str]:
    found = []
    if load.payload_mb > limits.api_payload_mb:
        found.append(f"the API takes requests of {limits.api_payload_mb} MB, not {load.payload_mb:g}")
    if seconds > limits.api_timeout_in_seconds:
        found.append(f"the API waits {limits.api_timeout_in_seconds} s, not {seconds:g}")
    return found


def _idle(kind: Kind, load: Load) -> tuple[int, str]:
    if load.idle_share < MOSTLY_IDLE:
        return 0, ""
    share = f"{100 * load.idle_share:.0f} % of the time nothing is asked"
    if kind.scales_to_zero:
        return -4, f"{share}: it scales to zero and then costs nothing for compute"
    return 4, f"{share}: at least one instance or task is paid all the same"


def _steady(kind: Kind, load: Load) -> tuple[int, str]:
    """Traffic that never rests is what instances are for."""
    if load.idle_share >= MOSTLY_IDLE or load.answer != "now":
        return 0, ""
    if kind.scales_to_zero:
        return 3, f"traffic is there {100 * (1 - load.idle_share):.0f} % of the time: billing by the request buys nothing then"
    busy = f"{load.requests_per_second:g} requests/s" if load.requests_per_second else "steady traffic"
    return -1, f"{busy} share instances that are always warm"


def _work(kind: Kind) -> tuple[int, str]:
    """What a team has to run besides the model."""
    extra = {"fargate": (2, "needs a VPC and a load balancer, whose hours are paid too"), "lambda": (1, "no A/B variants, no data capture")}
    return extra.get(kind.name, (0, ""))


def _late(kind: Kind, load: Load) -> tuple[int, str]:
    """Between what answers later: a queue for single requests, a job for files."""
    if load.answer == "files":
        return (-3, "scores whole files and ends") if kind.name == "batch_transform" else (0, "")
    if load.answer == "later" and kind.name == "asynchronous":
        return -3, "keeps a queue, answers in S3 and tells a topic"
    return (1, f"answers {kind.answers}") if load.answer == "later" and kind.name == "batch_transform" else (0, "")
