"""What the delivery block may say about its own environment, and about those that it delivers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from slipway.config.checks_delivery import delivery_references
from slipway.config.load import load_alone, load_environment
from slipway.config.problems import ConfigErrors
from tests.config.full_delivery import delivery
from tests.config.support import CASE_FILE

ROLE = "arn:aws:iam::111111111111:role/acme-dev-delivery-"
BASE = {
    "project": "acme",
    "region": "eu-west-1",
    "registries": {"inference": {}},
    "models": {"wine": {"container": {"image": "inference"}}},
    "endpoints": {
        "wine": {
            "hosting": {"kind": "instances"},
            "variants": [{"variant_name": "main", "model": "wine", "instance_type": "ml.m5.large", "initial_instance_count": 1}],
        },
        "nightly": {"hosting": {"kind": "batch_transform"}, "model": "wine"},
        "later": {
            "hosting": {"kind": "asynchronous"},
            "variants": [{"variant_name": "main", "model": "wine", "instance_type": "ml.m5.large", "initial_instance_count": 1}],
        },
    },
}
ACCESS = {
    "dev": {
        "deploy_principals": [f"{ROLE}deploy-dev"],
        "read_only_principals": [f"{ROLE}plan-dev", f"{ROLE}plan-prod", f"{ROLE}deploy-prod"],
    },
    "prod": {"deploy_principals": [f"{ROLE}deploy-prod"], "read_only_principals": [f"{ROLE}plan-prod"]},
}


def found(block: Any, **more: Any) -> list[str]:
    data = {"name": "case", "delivery": block, "registries": BASE["registries"], "models": BASE["models"], **more}
    return [f"{'.'.join(map(str, finding.path))}: {finding.text}" for finding in delivery_references(data)]


def test_a_block_that_fits_has_no_findings() -> None:
    assert found(delivery()) == found(None) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"environments": [{"name": "prod"}]}, "delivery.environments.0.name: the first environment is the one whose file this is: case"),
        ({"image": {"registry": "inferense", "models": ["wine"]}}, "delivery.image.registry: unknown registry 'inferense'; did you mean inference?"),
        ({"image": {"registry": "inference", "models": ["wein"]}}, "delivery.image.models.0: unknown model 'wein'; did you mean wine?"),
    ],
)  # fmt: skip
def test_references_name_what_is_there(change: dict[str, Any], expected: str) -> None:
    assert found({**delivery(), **change}) == [expected]


def test_an_image_is_built_for_models_that_use_its_registry() -> None:
    models = {"wine": {"container": {"image": "other"}}}
    assert found(delivery(), models=models) == ["delivery.image.models.0: the container of model wine is not of registry inference"]


@pytest.mark.parametrize(
    "block", ["text", [], {"environments": 3}, {"environments": [3]}, {"image": "x"}, {"image": {"models": 3, "registry": []}}]
)
def test_malformed_parts_are_left_to_the_schema(block: Any) -> None:
    assert found(block) == []


def write(root: Path, name: str, **more: Any) -> None:
    folder = root / "environments"
    folder.mkdir(exist_ok=True)
    (root / "cases.yaml").write_text(CASE_FILE)
    account = {"dev": "111111111111", "prod": "333333333333"}[name]
    YAML().dump({"account_id": account, **BASE, "access": ACCESS[name], **more}, folder / f"{name}.yaml")


def project(root: Path, prod: dict[str, Any] | None = None, **options: Any) -> list[str]:
    """Findings of an environment `dev` that delivers itself and `prod`."""
    write(root, "prod", **(prod or {}))
    environments = [{"name": "dev", "cases": {"wine": "cases.yaml"}}, {"name": "prod", "cases": {"wine": "cases.yaml"}, **options}]
    write(root, "dev", delivery={"repository": "acme/models", "environments": environments})
    try:
        load_environment("dev", root)
    except ConfigErrors as errors:
        return [str(problem) for problem in errors.problems]
    return []


def test_environments_that_fit_are_delivered(tmp_path: Path) -> None:
    assert project(tmp_path) == []
    assert load_alone("dev", tmp_path).config == load_environment("dev", tmp_path)


@pytest.mark.parametrize(
    ("prod", "options", "expected"),
    [
        ({}, {"name": "staging"}, "environments[1].name: no environment 'staging'"),
        ({}, {"approval": False}, "environments[1].approval: prod is production: its plan needs an approval"),
        ({"production": False}, {"approval": False}, ""),
        ({}, {"cases": {"beer": "cases.yaml"}}, "environments[1].cases.beer: prod has no such endpoint"),
        ({}, {"cases": {"later": "cases.yaml"}}, ""),
        ({}, {"cases": {"nightly": "cases.yaml"}}, "cases.nightly: an endpoint of kind batch_transform answers no request"),
        ({}, {"cases": {"wine": "missing.yaml"}}, "cases.wine: "),
        ({"access": {}}, {}, f"prod does not let the builds in: add {ROLE}deploy-prod to access.deploy_principals of environments/prod.yaml"),
        ({"access": {**ACCESS["prod"], "read_only_principals": []}}, {}, f"add {ROLE}plan-prod to access.read_only_principals"),
        ({"access": {kind: ["arn:aws:iam::111111111111:root"] for kind in ACCESS["prod"]}}, {}, ""),
        ({"region": "nowhere"}, {}, "environments[1].name: environment prod is not valid"),
    ],
)  # fmt: skip
def test_what_is_delivered_must_be_ready_for_it(tmp_path: Path, prod: dict[str, Any], options: dict[str, Any], expected: str) -> None:
    problems = project(tmp_path, prod, **options)
    assert (not problems) == (expected == "")
    assert expected == "" or any(expected in problem for problem in problems), problems


def test_no_package_is_released_straight_into_production(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("")
    (tmp_path / "evaluate.py").write_text("")
    pipeline = {"image": "inference", "source": {"dir": "."}, "evaluation": {"program": "evaluate.py"}}
    training = {"pipelines": {"wine": {**pipeline, "condition": {"metric": "a.value", "threshold": 1}}}}
    access = {kind: ["arn:aws:iam::333333333333:root"] for kind in ACCESS["prod"]}
    block = {"repository": "acme/models", "environments": [{"name": "prod", "cases": {"wine": "cases.yaml"}}]}
    write(tmp_path, "prod", delivery=block, training=training, access=access)
    with pytest.raises(ConfigErrors, match="release_approved_packages: prod is production"):
        load_environment("prod", tmp_path)
    write(tmp_path, "prod", delivery={**block, "release_approved_packages": False}, training=training, access=access)
    assert load_environment("prod", tmp_path).is_production


def test_two_files_that_deliver_one_another_end(tmp_path: Path) -> None:
    back = {
        "repository": "acme/models",
        "environments": [{"name": "prod", "cases": {"wine": "cases.yaml"}}, {"name": "dev", "cases": {"wine": "cases.yaml"}}],
    }
    assert project(tmp_path, {"delivery": back}) == []
