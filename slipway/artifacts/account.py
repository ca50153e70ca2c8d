"""The AWS account of one environment, as the release commands reach it: real, or on the local AWS."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

from slipway.errors import InputError, SlipwayError

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig

ATTEMPTS = 6
"""Tries of one AWS call: throttling and lost connections are retried with growing waits (botocore's `standard` mode)."""


class Account:
    """Makes boto3 clients for `config`'s account and region.

    `local_url` sends every call to a local AWS, where the access key is the account id. `profile` names a profile
    of the AWS configuration; without it the usual chain applies (environment, role, SSO).
    """

    def __init__(self, config: EnvironmentConfig, *, local_url: str | None = None, profile: str | None = None) -> None:
        self.config = config
        self.naming = config.naming
        self._local_url = local_url
        self._profile = profile

    @property
    def is_local(self) -> bool:
        """Whether calls go to a local AWS."""
        return self._local_url is not None

    @property
    def models_bucket(self) -> str:
        """Name of the bucket that holds model archives."""
        return self.config.storage.models.bucket_name(self.naming)

    @property
    def artifacts_key(self) -> str:
        """ARN of the alias of the KMS key for model files; S3 resolves it."""
        return self.naming.arn("kms", f"alias/{self.naming.name('artifacts')}")

    def repository(self, registry: str) -> str:
        """Repository name of a key of `registries`."""
        if registry not in self.config.registries:
            known = ", ".join(sorted(self.config.registries)) or "none"
            raise InputError(f"{self.config.name} has no registry {registry!r}", fix=f"registries there: {known}")
        return self.config.registries[registry].repository_name(self.naming, registry)

    def client(self, service: str) -> Any:
        """A client of one service, made once."""
        if service not in self._clients:
            config = _client_config(service, self._local_url)
            self._clients[service] = self._session.client(service, endpoint_url=self._local_url, config=config)
        return self._clients[service]

    def credentials(self) -> Any:
        """The credentials that requests are signed with (botocore's); None when there are none."""
        return self._session.get_credentials()

    def require(self) -> None:
        """Refuse credentials of another account (InputError) and missing ones (SlipwayError) before anything is read or written."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            found = self.client("sts").get_caller_identity()["Account"]
        except (BotoCoreError, ClientError) as error:
            fix = "sign in, or name a profile" if self._local_url is None else "start the local AWS: slipway local up"
            raise SlipwayError(f"cannot sign in to account {self.config.account_id} ({self.config.name}): {error}", fix=fix) from None
        if found != self.config.account_id:
            raise InputError(
                f"{self.config.name} lives in account {self.config.account_id}, but these credentials are for {found}",
                fix="use that account's credentials (AWS_PROFILE; for promote also --source-profile)",
            )

    @cached_property
    def _clients(self) -> dict[str, Any]:
        return {}

    @cached_property
    def _session(self) -> Any:
        import boto3
        from botocore.exceptions import ProfileNotFound

        region = self.config.region
        if self._local_url is not None:
            return boto3.Session(self.config.account_id, "local", region_name=region)
        try:
            return boto3.Session(profile_name=self._profile or os.environ.get("AWS_PROFILE"), region_name=region)
        except ProfileNotFound as error:
            raise InputError(str(error), fix="list profiles with `aws configure list-profiles`") from None


def _client_config(service: str, local_url: str | None) -> Any:
    """Lambda gets no second try, and time for its longest function: an invocation that is repeated runs twice."""
    from botocore.config import Config

    s3: Any = {"addressing_style": "path"} if local_url is not None else None
    retries: Any = {"mode": "standard", "max_attempts": ATTEMPTS if local_url is None else 2}
    if service == "lambda":
        retries = {"total_max_attempts": 1}
    return Config(retries=retries, connect_timeout=10, read_timeout=905 if service == "lambda" else 120, max_pool_connections=16, s3=s3)


def error_code(error: Any) -> str:
    """The code of a botocore ClientError, such as NoSuchKey."""
    return str(error.response.get("Error", {}).get("Code", ""))


def explain(error: Any, what: str, account: Account) -> SlipwayError:
    """A ClientError as one sentence with what to do."""
    code = error_code(error)
    where = f"account {account.config.account_id} ({account.config.name})"
    fixes = {
        "NoSuchBucket": f"create it first: slipway deploy {account.config.name}",
        "RepositoryNotFoundException": f"create it first: slipway deploy {account.config.name}",
        "AccessDenied": "use the environment's deploy role",
        "AccessDeniedException": "use the environment's deploy role",
    }
    message = error.response.get("Error", {}).get("Message", "")
    return SlipwayError(f"{what} in {where}: {code} {message}".strip(), fix=fixes.get(code, ""))
