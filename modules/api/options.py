"""Options of the function and of the stage."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from modules._shared.fields import ACCOUNT_ID, LogRetention, PolicyArn
from modules._shared.sequences import AtLeast
from modules._shared.spec import Spec

_DOMAIN = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$"
_ORIGIN = r"^(\*|https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?)$"
_CERTIFICATE = rf"^arn:aws[a-z-]*:acm:[a-z0-9-]+:{ACCOUNT_ID}:certificate/[0-9a-f-]+$"
_Percent = Annotated[float, Field(gt=0, le=100)]


class FunctionSpec(Spec):
    """The Lambda function between API Gateway and the endpoints. Its code comes with the module and needs nothing but the runtime."""

    runtime: Literal["python3.12", "python3.13"] = Field("python3.13", description="Lambda runtime.")
    architecture: Literal["arm64", "x86_64"] = Field("arm64", description="Processor; arm64 costs a fifth less.")
    memory_size: int = Field(512, ge=128, le=10_240, description="MiB; the processor's share grows with it.")
    timeout: int = Field(
        29, ge=5, le=29, description="Seconds; API Gateway waits 29. The endpoint gets three less, so that a slow one is answered 504."
    )
    reserved_concurrent_executions: int | None = Field(
        100, ge=1, le=10_000, description="Requests at once, kept free for this function; null: the account's common pool."
    )
    tracing: Literal["Active", "PassThrough"] = Field("Active", description="Whether the function sends traces to X-Ray by itself.")
    permissions_boundary: PolicyArn | None = Field(
        None, description="ARN of the managed policy that caps what the function's role, and the one for API Gateway's logs, can ever do."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level of the function's log lines.")
    log_retention_in_days: LogRetention = Field(365, description="Days the function's logs are kept; one of CloudWatch's values.")
    network: Literal["public", "private"] = Field(
        "public", description="`private`: the function joins the environment's network, and reaches endpoints through it alone."
    )


class Throttle(Spec):
    """Limits of the whole stage, for all callers together."""

    throttling_rate_limit: float = Field(100, gt=0, le=10_000, description="Requests per second over time (account quota: 10000).")
    throttling_burst_limit: int = Field(100, ge=1, le=5_000, description="Requests at once (account quota: 5000).")


class Logging(Spec):
    """Access and execution logs. Neither ever holds a body."""

    log_retention_in_days: LogRetention = Field(365, description="Days both are kept; one of CloudWatch's values.")
    execution_level: Literal["OFF", "ERROR", "INFO"] = Field("ERROR", description="What API Gateway logs of its own work.")
    metrics_enabled: bool = Field(True, description="CloudWatch metrics for each method, beside those of the API.")
    create_account_role: bool = Field(
        True,
        description="Make the role with which API Gateway writes logs. One for the whole account and region: turn it off where it exists.",
    )


class Cors(Spec):
    """Browsers of other origins. Preflight requests are answered by API Gateway, without authorization."""

    allow_origin: str = Field(pattern=_ORIGIN, description="The origin, such as https://app.example.com, or `*`.")
    allow_headers: Annotated[tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")], ...], Field(strict=False), AtLeast(1)] = Field(
        ("Content-Type", "Authorization", "X-Api-Key", "X-Amz-Date", "X-Amz-Security-Token"), description="Headers scripts may send."
    )
    max_age: int = Field(600, ge=0, le=86_400, description="Seconds a browser may keep the preflight's answer.")


ManagedRuleGroup = Literal[
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesAnonymousIpList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesLinuxRuleSet",
    "AWSManagedRulesSQLiRuleSet",
]


class Waf(Spec):
    """A web ACL in front of the stage (AWS WAF: about 5 USD a month and 1 USD a rule, 0.60 USD a million requests)."""

    managed_rule_groups: Annotated[tuple[ManagedRuleGroup, ...], Field(strict=False)] = Field(
        ("AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet"), description="Rule groups that AWS keeps."
    )
    rate_limit: int | None = Field(2_000, ge=10, le=2_000_000_000, description="Requests of one address in five minutes; null: no limit.")

    @model_validator(mode="after")
    def _something(self) -> Waf:
        if not self.managed_rule_groups and self.rate_limit is None:
            raise ValueError("a web ACL without rules lets everything through; name a rule group or a rate_limit, or leave waf out")
        return self


class Domain(Spec):
    """A name of one's own for the API. Its DNS record (see the outputs) is made where the zone is kept."""

    domain_name: str = Field(pattern=_DOMAIN, max_length=253, description="Such as api.example.com.")
    regional_certificate_arn: str = Field(pattern=_CERTIFICATE, description="ACM certificate in the API's region.")
    security_policy: Literal["TLS_1_2"] = Field("TLS_1_2", description="Least version of TLS; older ones are refused.")
    base_path: str | None = Field(None, pattern=r"^[A-Za-z0-9._-]{1,64}$", description="First part of every path. Default: none.")
    disable_execute_api_endpoint: bool = Field(True, description="Refuse requests to the API's own name, so that none goes round this one.")


class Canary(Spec):
    """A part of the stage's traffic goes to named variants of its endpoints."""

    percent_traffic: _Percent = Field(description="Percent of all requests.")
    target_variants: dict[str, str] = Field(min_length=1, description="Endpoint of `api.endpoints` -> variant that this part is sent to.")
