"""BentoML: a service whose API takes and returns JSON."""

from __future__ import annotations

from typing import Any

import bentoml
import handlers


@bentoml.service(workers=2, traffic={"timeout": 60})
class Wine:
    """The archive's predict_fn."""

    def __init__(self) -> None:
        self.handlers, self.model = handlers.load()

    @bentoml.api(route="/invocations")
    def invocations(self, instances: list[list[float]]) -> dict[str, Any]:
        """One prediction."""
        return dict(handlers.document_of(self.handlers.predict_fn(handlers.rows({"instances": instances}), self.model)))
