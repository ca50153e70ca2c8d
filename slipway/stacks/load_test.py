"""The load test stack: load testers that run in Lambda."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from modules._shared.key_policy import hosts
from modules._shared.outputs import export
from modules.api.authorization import ApiKey
from modules.api.spec import stage_name
from modules.kms.construct import Key
from modules.load_test.construct import ApiRefs, LoadTest, LoadTestRefs
from modules.load_test.spec import ApiTarget, LoadTestSpec
from slipway.contract.testers import cases_of_testers
from slipway.stacks.base import RemoteOutputs, environment_stack

if TYPE_CHECKING:
    from modules.api.spec import ApiSpec
    from slipway.config.environment import EnvironmentConfig


def load_test_stack(app: Any, config: EnvironmentConfig, root: Path) -> Any:
    """`<env>-load_test`. Its key goes with it: nothing that it encrypts outlives a run. `root` is where the case file lies."""
    stack = environment_stack(app, config, "load_test")
    spec = config.load_test
    if spec is None:
        return stack
    key = Key(stack, "key_load_test", naming=config.naming, spec=config.kms, purpose="load_test")
    refs = LoadTestRefs(
        cases=cases_of_testers(spec, root),
        kms_key_arn=key.outputs.arn,
        logs_kms_key_arn=RemoteOutputs(stack, config, "shared").string("key_logs_arn"),
        endpoint_name=config.naming.name(spec.target.name),
        api=_api(stack, config, spec),
    )
    testers = LoadTest(stack, "load_test", naming=config.naming, spec=spec, refs=refs)
    export(stack, "load_test", testers.outputs)
    return stack


def _api(stack: Any, config: EnvironmentConfig, spec: LoadTestSpec) -> ApiRefs | None:
    """The route of the target, with the id that only the API's own stack knows."""
    if not isinstance(spec.target, ApiTarget) or config.api is None:
        return None
    outputs, endpoint = RemoteOutputs(stack, config, "api"), config.api.endpoints[spec.target.name]
    api_id, stage, route = outputs.string("api_id"), stage_name(config.naming), endpoint.route(spec.target.name)
    host, path = f"{api_id}.{hosts(config.naming, 'execute-api')[0]}", f"/{stage}{route}"
    if config.api.domain is not None:
        base = config.api.domain.base_path
        host, path = config.api.domain.domain_name, f"/{base}{route}" if base else route
    return ApiRefs(
        api_id=api_id,
        host=host,
        path=path,
        method=endpoint.method,
        stage=stage,
        route=route,
        auth=config.api.authorization.kind,
        api_key_id=_api_key_id(outputs, config.api, spec.target),
    )


def _api_key_id(outputs: RemoteOutputs, api: ApiSpec, target: ApiTarget) -> str:
    if not isinstance(api.authorization, ApiKey):
        return ""
    names = sorted(name for plan in api.authorization.usage_plans.values() for name in plan.keys)
    return outputs.items("api_key_ids", len(names))[names.index(str(target.api_key))]
