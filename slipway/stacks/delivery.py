"""The delivery stack: the pipeline that brings commits and approved packages to all environments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from modules._shared.outputs import export
from modules.delivery.construct import Delivery
from modules.delivery.refs import DeliveryRefs, EnvironmentRefs
from modules.kms.construct import Key
from modules.training.spec import package_group_name
from slipway.config.load import load_alone
from slipway.stacks.base import RemoteOutputs, environment_stack

if TYPE_CHECKING:
    from modules.delivery.spec import DeliverySpec
    from slipway.config.environment import EnvironmentConfig


def delivery_stack(app: Any, config: EnvironmentConfig, root: Path) -> Any:
    """`<env>-delivery`. Its key goes with it: artifacts are no records. `root` is where the other environments' files lie."""
    stack = environment_stack(app, config, "delivery")
    spec = config.delivery
    if spec is None:
        return stack
    key = Key(stack, "key_delivery", naming=config.naming, spec=config.kms, purpose="delivery")
    refs = DeliveryRefs(
        environments=delivered(config, spec, root),
        kms_key_arn=key.outputs.arn,
        logs_kms_key_arn=RemoteOutputs(stack, config, "shared").string("key_logs_arn"),
        access_logs_bucket=config.storage.access_logs.bucket_name(config.naming),
        repository_name=config.registries[spec.image.registry].repository_name(config.naming, spec.image.registry) if spec.image else None,
        package_groups=package_groups(config, spec),
    )
    pipeline = Delivery(stack, "delivery", naming=config.naming, spec=spec, refs=refs)
    export(stack, "delivery", pipeline.outputs)
    return stack


def delivered(config: EnvironmentConfig, spec: DeliverySpec, root: Path) -> dict[str, EnvironmentRefs]:
    """What the pipeline needs of each delivered environment, from its own file: roles by their literal names."""
    configs = {item.name: config if item.name == config.name else load_alone(item.name, root).config for item in spec.environments}
    return {name: environment_refs(found) for name, found in configs.items()}


def environment_refs(config: EnvironmentConfig) -> EnvironmentRefs:
    """The roles that `access` of the environment makes, whether they exist yet or not."""
    naming, path = config.naming, config.access.path
    deploy, read_only = (
        naming.arn("iam", f"role{path}{naming.name(kind, max_length=64)}", region=False) for kind in ("deploy", "read-only")
    )
    return EnvironmentRefs(config.account_id, config.region, deploy, read_only, production=config.is_production)


def package_groups(config: EnvironmentConfig, spec: DeliverySpec) -> dict[str, str]:
    """Model -> package group, of the models that `training` registers versions of."""
    if not spec.release_approved_packages or config.training is None:
        return {}
    models = {pipeline.model or key for key, pipeline in config.training.pipelines.items()}
    return {model: package_group_name(config.naming, model) for model in sorted(models)}
