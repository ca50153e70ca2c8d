"""Lists of options that must not be empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticKnownError, core_schema


@dataclass(frozen=True)
class AtLeast:
    """Annotation of a list: it has `count` items or more, checked only once every item is valid.

    pydantic's own `min_length` counts the valid items, so one bad item in a list of one is reported twice: for what is wrong
    with it, and for a list that is too short.
    """

    count: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """The list's own schema, then the count."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """What editors check."""
        return {**handler(schema), "minItems": self.count}

    def _check(self, items: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(items) < self.count:
            raise PydanticKnownError("too_short", {"field_type": "List", "min_length": self.count, "actual_length": len(items)})
        return items
