"""The cases that load testers in Lambda carry: those of the case file that can be sent to what is tested."""

from __future__ import annotations

from pathlib import Path

from modules.load_test.cases import LoadCase
from modules.load_test.spec import LoadTestSpec
from slipway.config.problems import did_you_mean
from slipway.contract.cases import Case, load_cases
from slipway.errors import InputError

MAX_BODIES = 30 * 1024 * 1024
"""Bytes of all bodies together: they are part of the function's package (AWS Lambda quota: 50 MB, zipped)."""


def cases_of_testers(spec: LoadTestSpec, root: Path) -> list[LoadCase]:
    """The chosen cases of `spec.case_file`, which lies below `root`. A case that asks for another path than /invocations is left out.

    Raises InputError (ConfigErrors for the file itself) when the file cannot be used.
    """
    file = root / spec.case_file
    if Path(spec.case_file).is_absolute() or not file.resolve().is_relative_to(root.resolve()):
        raise InputError(f"{spec.case_file} is not below the project's folder", fix="name a file of the project")
    cases = {case.name: case for case in load_cases(file)}
    for name in spec.cases:
        if name not in cases:
            raise InputError(f"{spec.case_file} has no case {name!r}{did_you_mean(name, cases)}", fix="choose cases by their names")
    chosen = [cases[name] for name in spec.cases] or list(cases.values())
    sendable = [case for case in chosen if case.method == "POST" and case.path == "/invocations"]
    _refuse(spec, sendable)
    return [LoadCase(case.name, case.body, case.all_headers(), case.expect) for case in sendable]


def _refuse(spec: LoadTestSpec, cases: list[Case]) -> None:
    if not cases:
        raise InputError(f"{spec.case_file} has no case for POST /invocations", fix="an endpoint can be sent nothing else")
    for case in cases:
        if not (case.name.isascii() and case.name.isprintable() and case.name.strip()):
            raise InputError(f"case {case.name!r}: its name is a dimension in CloudWatch, which takes printable ASCII", fix="rename it")
    if (size := sum(len(case.body) for case in cases)) > MAX_BODIES:
        raise InputError(
            f"the bodies of {spec.case_file} have {size} bytes, the testers carry at most {MAX_BODIES}",
            fix="choose some cases with load_test.cases",
        )
