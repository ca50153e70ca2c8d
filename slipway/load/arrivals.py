"""When requests are due: the open-loop schedule of a load test, which no answer can slow down."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from slipway.errors import InputError

MAX_RATE = 100_000.0
"""Requests per second that can be asked for: above it no Python process could keep the times."""


@dataclass(frozen=True)
class Segment:
    """`seconds` from `start` on (both in seconds), in which the rate goes from `first` to `last` requests per second in a straight line."""

    start: float
    seconds: float
    first: float
    last: float

    @property
    def requests(self) -> float:
        """How many requests are due in it."""
        return (self.first + self.last) / 2 * self.seconds

    def when(self, count: float) -> float:
        """Seconds after the schedule's start at which `count` requests of this segment have become due."""
        if count <= 0:
            return self.start
        slope = (self.last - self.first) / self.seconds
        return self.start + 2 * count / (self.first + math.sqrt(max(0.0, self.first**2 + 2 * slope * count)))


@dataclass(frozen=True)
class Schedule:
    """Segments one after the other. `poisson`: as from many independent callers, random with `seed`; else evenly spread."""

    segments: tuple[Segment, ...]
    poisson: bool = False
    seed: int = 1

    @property
    def seconds(self) -> float:
        """From the start to the end of the last segment."""
        return self.segments[-1].start + self.segments[-1].seconds

    @property
    def requests(self) -> float:
        """How many requests are due in all; with `poisson` on average."""
        return sum(segment.requests for segment in self.segments)

    @property
    def peak(self) -> float:
        """The highest rate, in requests per second."""
        return max(max(segment.first, segment.last) for segment in self.segments)

    def due(self, number: int = 0, of: int = 1) -> Iterator[tuple[int, float]]:
        """Every request of share `number` out of `of` equal ones: its index in the whole and its time, in seconds from the start.

        All shares together are the schedule, each request once: client processes need not talk to each other.
        """
        for index, time in enumerate(self._times()):
            if index % of == number:
                yield index, time

    def until(self, seconds: float) -> Schedule:
        """The schedule cut off after `seconds`."""
        kept = []
        for segment in self.segments:
            length = min(segment.seconds, seconds - segment.start)
            if length > 0:
                last = segment.first + (segment.last - segment.first) * length / segment.seconds
                kept.append(Segment(segment.start, length, segment.first, last))
        return Schedule(tuple(kept), self.poisson, self.seed)

    def _times(self) -> Iterator[float]:
        before = 0.0
        segments = iter(self.segments)
        segment = next(segments)
        for count in self._counts():
            while count >= before + segment.requests - 1e-9:
                before += segment.requests
                following = next(segments, None)
                if following is None:
                    return
                segment = following
            yield segment.when(count - before)

    def _counts(self) -> Iterator[float]:
        """The expected number of requests before each one: 0, 1, 2 ..., or a Poisson process of unit rate."""
        chance = random.Random(self.seed)  # noqa: S311 - arrivals, not secrets
        count = 0.0 if not self.poisson else chance.expovariate(1.0)
        while True:
            yield count
            count += chance.expovariate(1.0) if self.poisson else 1.0


def constant(rate: float, seconds: float) -> Schedule:
    """`rate` requests per second for `seconds`. InputError for what is not above 0."""
    return ramp(rate, rate, seconds)


def ramp(first: float, last: float, seconds: float) -> Schedule:
    """From `first` to `last` requests per second in a straight line. InputError for negative rates, and for none at all."""
    for rate in (first, last):
        if not 0 <= rate <= MAX_RATE:
            raise InputError(f"{rate:g} requests per second: must be from 0 to {MAX_RATE:g}", fix="for example --rate 50")
    if max(first, last) <= 0:
        raise InputError("a rate of 0 requests per second sends nothing", fix="for example --rate 50")
    if not 0 < seconds < math.inf:
        raise InputError(f"a duration of {seconds:g} seconds: must be above 0", fix="for example --duration 60s")
    return Schedule((Segment(0.0, seconds, first, last),))


def parse_ramp(text: str) -> tuple[float, float]:
    """The two rates of `10:200`. InputError for anything else."""
    parts = text.split(":")
    try:
        first, last = (float(part) for part in parts)
    except ValueError:
        raise InputError(f"--ramp {text}: not two rates", fix="write the first and the last rate, such as 10:200") from None
    if not (math.isfinite(first) and math.isfinite(last)):
        raise InputError(f"--ramp {text}: not two rates", fix="write the first and the last rate, such as 10:200")
    return first, last
