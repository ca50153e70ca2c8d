"""Who may call the API: one of four kinds, so that a mixture that protects nothing cannot be written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from modules._shared.sequences import AtLeast
from modules._shared.spec import Spec

_KeyName = Annotated[str, Field(pattern=r"^[A-Za-z0-9](-?[A-Za-z0-9]){0,62}$")]
_POOL_ARN = r"^arn:aws[a-z-]*:cognito-idp:[a-z0-9-]+:[0-9]{12}:userpool/[\w-]+_[0-9a-zA-Z]+$"
_Pool = Annotated[str, Field(pattern=_POOL_ARN)]
_Scope = Annotated[str, Field(pattern=r"^[\x21\x23-\x5B\x5D-\x7E]+$", max_length=256)]


class AwsIam(Spec):
    """Requests signed with AWS credentials (SigV4) whose IAM policies allow `execute-api:Invoke`."""

    kind: Literal["aws_iam"] = Field("aws_iam", description="Signed requests.")


class Quota(Spec):
    """How many requests a key may send in a period."""

    limit: int = Field(ge=1, le=2_000_000_000, description="Requests in one period.")
    period: Literal["DAY", "WEEK", "MONTH"] = Field(description="Length of the period.")
    offset: int = Field(0, ge=0, le=27, description="Requests subtracted from the first period's limit.")

    @model_validator(mode="after")
    def _offset_in_period(self) -> Quota:
        highest = {"DAY": 0, "WEEK": 6, "MONTH": 27}[self.period]
        if self.offset > highest:
            raise ValueError(f"offset is 0 to {highest} for period {self.period}, not {self.offset}")
        return self


class UsagePlan(Spec):
    """What the holders of some keys may use."""

    keys: Annotated[tuple[_KeyName, ...], Field(strict=False), AtLeast(1)] = Field(
        description="Names of the keys, one for each caller. AWS makes the values: `aws apigateway get-api-keys --include-values`."
    )
    rate_limit: float = Field(ge=1, le=10_000, description="Requests per second that each key gets over time.")
    burst_limit: int = Field(ge=1, le=5_000, description="Requests that each key may send at once.")
    quota: Quota | None = Field(None, description="Requests that each key gets in a day, week or month. Default: no limit.")


class ApiKey(Spec):
    """Requests with a key in the header `x-api-key`, which every method requires. A key is a password: send it over TLS only, rotate it."""

    kind: Literal["api_key"] = Field(description="Keys and usage plans.")
    usage_plans: dict[_KeyName, UsagePlan] = Field(min_length=1, max_length=20, description="Usage plans, by name.")

    @model_validator(mode="after")
    def _each_key_once(self) -> ApiKey:
        names = [key for plan in self.usage_plans.values() for key in plan.keys]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"a key belongs to one usage plan of a stage; named twice: {', '.join(twice)}")
        return self


class Cognito(Spec):
    """Requests with a token of a Cognito user pool in the header `Authorization`."""

    kind: Literal["cognito"] = Field(description="Tokens of Cognito user pools.")
    provider_arns: Annotated[tuple[_Pool, ...], Field(strict=False), AtLeast(1)] = Field(
        max_length=20, description="ARNs of the user pools."
    )
    scopes: Annotated[tuple[_Scope, ...], Field(strict=False)] = Field(
        (), max_length=10, description="Scopes of which an access token needs one. Default: an identity token is enough."
    )


class Open(Spec):
    """Anybody who knows the address. The scan refuses it until the environment acknowledges the finding."""

    kind: Literal["open"] = Field(description="No authorization at all.")


def authorization_kind(value: Any) -> str:
    """The tag: what `kind` says, or `aws_iam`. For pydantic's `Discriminator`."""
    kind = value.get("kind", "aws_iam") if isinstance(value, dict) else getattr(value, "kind", "aws_iam")
    return str(kind)


Authorization = AwsIam | ApiKey | Cognito | Open
AuthorizationSpec = Annotated[
    Annotated[AwsIam, Tag("aws_iam")]
    | Annotated[ApiKey, Tag("api_key")]
    | Annotated[Cognito, Tag("cognito")]
    | Annotated[Open, Tag("open")],
    Discriminator(authorization_kind),
]
"""Any kind of authorization; `kind` decides which (default: aws_iam)."""
