"""Names a person may give, as AWS accepts them wherever they end up."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

NAME_PATTERN = r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$"
LOWER_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
TAG_KEY_PATTERN = r"^[\w .:/=+@-]+$"
TAG_VALUE_PATTERN = r"^[\w .:/=+@-]*$"
ENVIRONMENT_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"

_TERM = r"(=|!=|>|>=|<|<=|~>)?\s*[0-9]+(\.[0-9]+){0,2}(-[0-9A-Za-z.]+)?"
CONSTRAINT_PATTERN = rf"^{_TERM}(\s*,\s*{_TERM})*$"

RESERVED_TAGS = ("environment", "managed-by", "project", "stack")
"""Tags every resource gets from Slipway. IAM takes keys that differ only in case for one, so no spelling of them is free."""

_PRODUCTION = ("prod", "production")


def names_production(environment: str, said: bool | None = None) -> bool:
    """Whether an environment is production: what its field `production` says, else a name like `prod` or `prod-eu`."""
    return (
        said if isinstance(said, bool) else environment.startswith(tuple(f"{word}-" for word in _PRODUCTION)) or environment in _PRODUCTION
    )


Name = Annotated[str, Field(pattern=NAME_PATTERN)]
"""A model, endpoint or variant (SageMaker: letters, digits and hyphens, at most 63 characters)."""

LowerName = Annotated[str, Field(pattern=LOWER_PATTERN, max_length=40)]
"""A project or registry: part of bucket and repository names, so lower case, at most 40 characters."""

EnvironmentName = Annotated[str, Field(pattern=ENVIRONMENT_PATTERN, max_length=20)]
"""An environment: the name of its file, part of every name in it."""


def _not_reserved(key: str) -> str:
    if key.lower().startswith("aws:"):
        raise ValueError("tags that begin with aws: belong to AWS")
    if key.lower() in RESERVED_TAGS:
        raise ValueError(f"Slipway sets this tag itself ({', '.join(RESERVED_TAGS)}); choose another key")
    return key


TagKey = Annotated[str, Field(pattern=TAG_KEY_PATTERN, max_length=128), AfterValidator(_not_reserved)]
TagValue = Annotated[str, Field(pattern=TAG_VALUE_PATTERN, max_length=256)]

RULES = {
    NAME_PATTERN: "use letters, digits and hyphens, at most 63 characters, with a letter or digit first and last",
    LOWER_PATTERN: "use lower-case letters, digits and single hyphens, with a letter or digit first and last",
    ENVIRONMENT_PATTERN: "use lower-case letters, digits and single hyphens, with a letter first",
    CONSTRAINT_PATTERN: 'write a Terraform version constraint such as ">= 5.100.0, < 7.0.0"',
    TAG_KEY_PATTERN: "use letters, digits, spaces and _ . : / = + - @",
    TAG_VALUE_PATTERN: "use letters, digits, spaces and _ . : / = + - @",
}
"""What to write instead, for patterns a person cannot be asked to read."""
