"""The table's own numbers, 5 to 60 seconds long: side by side, behind all other tests, since waiting costs nothing."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from tests.containers.inference_faults.client import error_of
from tests.containers.inference_faults.report import Report

Results = dict[str, "Future[Any]"]


def test_sigterm_finishes_requests_of_five_seconds(true_times: Results, report: Report) -> None:
    seconds = true_times["sigterm 5"].result()
    report.add("S3", "SIGTERM, 20 requests of 5 s", recover=seconds, failed=0)
    assert seconds <= 30


def test_sigterm_cuts_requests_of_forty_seconds(true_times: Results, report: Report) -> None:
    seconds, answered = true_times["sigterm 40"].result()
    report.add("S3", "SIGTERM, 20 requests of 40 s", recover=seconds, answered=answered)
    assert seconds <= 30


def test_the_limit_of_sixty_seconds(true_times: Results, report: Report) -> None:
    """30 and 59 s are served; 61 and 120 s end at 60 s with an error, and their workers are replaced."""
    answers, before, after = true_times["sixty seconds"].result()
    report.add("S6", "model sleeps 61 and 120 s, limit 60 s", repetitions=2, detect=max(answers[seconds].seconds for seconds in (61, 120)))
    assert answers[30].status == answers[59].status == 200
    for seconds in (61, 120):
        assert answers[seconds].status in {503, 504} and not error_of(answers[seconds])
        assert 59 <= answers[seconds].seconds <= 63
    assert len(before & after) == 2, "the workers that were in time stay, the two others are replaced"


def test_a_load_of_ten_seconds(true_times: Results, report: Report) -> None:
    late, refused = true_times["slow start"].result()
    report.add("S8", "model that loads for 10 s", detect=late, refused_pings=refused)
    assert late < 2
