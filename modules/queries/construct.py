"""Saved Logs Insights queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.deployed import Deployed
from modules._shared.naming import shorten
from modules._shared.outputs import output
from modules._shared.provider import aws
from modules.queries.library import Query, all_queries
from modules.queries.spec import QueriesSpec

_NAME_LIMIT = 255


@dataclass(frozen=True)
class QueriesRefs:
    """What is deployed."""

    deployed: Deployed


@dataclass(frozen=True)
class QueriesOutputs:
    """What others need of the queries."""

    names: list[str] = output("Names of the saved queries.")


class Queries(Construct):
    """Saved queries below the console's folder `project-environment`."""

    def __init__(self, scope: Construct, id: str, *, spec: QueriesSpec, refs: QueriesRefs) -> None:
        super().__init__(scope, id)
        self._folder = refs.deployed.naming.name()
        self.outputs = QueriesOutputs(names=[self._create(query).name for query in all_queries(refs.deployed, spec)])

    def _create(self, query: Query) -> Any:
        return aws.cloudwatch_query_definition.CloudwatchQueryDefinition(
            self,
            query.id,
            name=shorten(f"{self._folder}/{query.name}", _NAME_LIMIT),
            log_group_names=list(query.log_groups),
            query_string=query.text,
        )
