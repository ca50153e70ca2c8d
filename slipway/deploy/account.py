"""Refuses credentials of another account before anything is read with them."""

from __future__ import annotations

from slipway.deploy.target import Target
from slipway.errors import SlipwayError


def check_account(target: Target) -> str:
    """The caller's ARN, once `sts:GetCallerIdentity` says that it belongs to the environment's account.

    SlipwayError with both account ids when it does not, and when there are no credentials or no answer.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        identity = target.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        where = f"the local AWS at {target.url}" if target.url else "AWS"
        fix = "Run `slipway local up`." if target.url else f"Log in to account {target.config.account_id} (AWS_PROFILE, `aws sso login`)."
        raise SlipwayError(f"cannot ask {where} who is calling: {error}", fix=fix) from error
    actual, expected = identity["Account"], target.config.account_id
    if actual != expected:
        raise SlipwayError(
            f"these credentials belong to account {actual} ({identity['Arn']}), but {target.name} is account {expected}; nothing was read",
            fix=f"Use credentials of account {expected}, or correct account_id in environments/{target.name}.yaml.",
            details={"account": actual, "expected_account": expected},
        )
    return str(identity["Arn"])
