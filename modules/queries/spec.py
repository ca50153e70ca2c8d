"""Options of the saved queries."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from modules._shared.sequences import AtLeast
from modules._shared.spec import Spec

_Group = Annotated[str, Field(pattern=r"^[A-Za-z0-9_/.#-]{1,512}$")]
_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$")]


class QuerySpec(Spec):
    """A Logs Insights query of your own."""

    log_groups: Annotated[tuple[_Group, ...], Field(strict=False, max_length=50), AtLeast(1)] = Field(
        description="Names of the log groups it reads, at most 50."
    )
    query: str = Field(min_length=1, max_length=10_000, description="The query, in the language of Logs Insights.")


class QueriesSpec(Spec):
    """Saved queries over the logs of endpoints, API and function."""

    slow_milliseconds: int = Field(1000, ge=1, le=60_000, description="From how many milliseconds on a request counts as slow.")
    custom: dict[_Name, QuerySpec] = Field(default_factory=dict, description="Queries of your own, by name.")
