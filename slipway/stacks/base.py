"""What every stack of an environment starts with: provider, backend, version constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modules._shared.provider import aws, cdktf
from modules.state_backend.backend import backend
from slipway.layers import stack_name

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig


def environment_stack(app: Any, config: EnvironmentConfig, layer: str) -> Any:
    """A stack with the environment's provider and state backend, and nothing in it yet."""
    naming = config.naming
    stack = cdktf.TerraformStack(app, stack_name(naming.environment, layer))
    aws.provider.AwsProvider(
        stack,
        "aws",
        region=config.region,
        allowed_account_ids=[config.account_id],
        default_tags=[{"tags": default_tags(config, layer)}],
    )
    settings = backend(naming, config.state, stack_name(naming.environment, layer))
    cdktf.S3Backend(stack, bucket=settings["bucket"], key=settings["key"], region=settings["region"])
    for key, value in settings.items():
        stack.add_override(f"terraform.backend.s3.{key}", value)
    # No required_version: checkov cannot parse a document that has a plain string in its terraform block.
    stack.add_override("terraform.required_providers.aws.version", config.provider.version)
    return stack


def default_tags(config: EnvironmentConfig, layer: str) -> dict[str, str]:
    """Tags of every taggable resource; the environment's own come last and cannot replace these."""
    fixed = {"project": config.project, "environment": config.naming.environment, "stack": layer, "managed-by": "slipway"}
    return {**config.tags, **fixed}


class RemoteOutputs:
    """Outputs of another stack of the same environment, read from its remote state at plan time."""

    def __init__(self, stack: Any, config: EnvironmentConfig, layer: str) -> None:
        settings = backend(config.naming, config.state, stack_name(config.naming.environment, layer))
        readable = {k: settings[k] for k in ("bucket", "key", "region")}
        self._state = cdktf.DataTerraformRemoteStateS3(stack, layer, **readable)
        self._tokens: dict[str, str] = {}

    def string(self, name: str) -> str:
        """The output `name` as a token."""
        if name not in self._tokens:
            self._tokens[name] = self._state.get_string(name.replace("-", "_"))
        return self._tokens[name]

    def items(self, name: str, count: int) -> list[str]:
        """The first `count` items of the output `name`, a list of strings, each as a token of its own."""
        return [self.string(f"{name}[{index}]") for index in range(count)]
