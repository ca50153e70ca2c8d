"""Gives checkov every rule that reads one resource only, so that bare `checkov` applies it too.

checkov runs this file under a bare module name, from a folder that may be anywhere, so it finds the package itself.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

_ROOT = str(Path(__file__).resolve().parents[2])
if _ROOT not in sys.path:
    sys.path.append(_ROOT)

from policies.catalog import rules  # noqa: E402 - the path comes first
from policies.estate import Document, Estate, Resource  # noqa: E402
from policies.rule import Answer, Rule  # noqa: E402

_RESULTS = {
    Answer.PASS: CheckResult.PASSED,
    Answer.FAIL: CheckResult.FAILED,
    Answer.UNKNOWN: CheckResult.FAILED,
    Answer.NOT_APPLICABLE: CheckResult.PASSED,
}
"""checkov drops its own UNKNOWN without a record, which would turn an unchecked value into a pass."""


def unwrap(value: Any) -> Any:
    """Checkov's form of a resource as plain JSON: it wraps every scalar and every list into a list of one.

    Nested blocks come as a list of objects and stay one.
    """
    if isinstance(value, dict):
        return {key: unwrap(item) for key, item in value.items() if not str(key).startswith("__")}
    if isinstance(value, list):
        if len(value) == 1 and not isinstance(value[0], dict):
            return [unwrap(item) for item in value[0]] if isinstance(value[0], list) else value[0]
        return [unwrap(item) for item in value]
    return value


class _Bridge(BaseResourceCheck):  # checkov has no types
    def __init__(self, rule: Rule) -> None:
        super().__init__(
            name=rule.title,
            id=rule.id,
            categories=[CheckCategories.GENERAL_SECURITY],
            supported_resources=list(rule.applies_to),
            guideline=rule.why,
        )
        self._rule = rule

    def scan_resource_conf(self, conf: dict[str, list[Any]]) -> CheckResult:
        """The rule's answer for one resource."""
        body = unwrap(conf)
        document = Document("checkov", {"resource": {self.entity_type: {"resource": body}}})
        found = self._rule.judge(Resource(document, self.entity_type, "resource", body), Estate((document,)))
        return _RESULTS[found.answer]


for _rule in rules().values():
    if _rule.alone:
        _Bridge(_rule)
