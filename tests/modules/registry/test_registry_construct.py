"""Every option of a repository reaches the Terraform JSON; what was released stays."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.registry import example
from modules.registry.construct import Registry, RegistryRefs
from modules.registry.lifecycle import lifecycle_policy
from modules.registry.spec import RegistrySpec
from tests.modules.policy_documents import assert_exact_actions, assert_no_open_principal, statements
from tests.modules.support import all_options, at, resource, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
REFS = RegistryRefs(kms_key_arn="arn:aws:kms:eu-west-1:111111111111:key/1")
OTHER = "arn:aws:iam::222222222222:root"
CASES: dict[str, tuple[Any, str, str, Any]] = {
    "repository": ("team/inference", "aws_ecr_repository", "name", "team/inference"),
    "force_delete": (True, "aws_ecr_repository", "force_delete", True),
    "build_images_kept": (7, "aws_ecr_lifecycle_policy", "policy", '"countNumber":7,"countType":"imageCountMoreThan"'),
    "untagged_expiration_days": (3, "aws_ecr_lifecycle_policy", "policy", '"countNumber":3,"countType":"sinceImagePushed"'),
    "pull_principals": ((OTHER,), "aws_ecr_repository_policy", "policy", OTHER),
}


def registry(stack: Any, id: str = "registry", name: str = "inference", **options: Any) -> Registry:
    return Registry(stack, id, naming=NAMING, name=name, spec=RegistrySpec(**options), refs=REFS)


@pytest.mark.parametrize("option", CASES)
def test_option_reaches_the_document(option: str) -> None:
    value, kind, attribute, expected = CASES[option]
    found = resource(synth(lambda stack: registry(stack, **{option: value})), kind)[attribute]
    assert expected in found if isinstance(expected, str) else found == expected


def test_every_option_has_a_case() -> None:
    assert untested(all_options(RegistrySpec), {f"RegistrySpec.{option}" for option in CASES}) == []


def test_repository_is_hardened() -> None:
    body = resource(synth(registry), "aws_ecr_repository")
    assert body["image_tag_mutability"] == "IMMUTABLE"
    assert body["image_scanning_configuration"] == {"scan_on_push": True}
    assert body["encryption_configuration"] == [{"encryption_type": "KMS", "kms_key": REFS.kms_key_arn}]
    assert body["force_delete"] is False


def expired_by(policy: dict[str, Any], images: dict[str, tuple[str, ...]]) -> set[str]:
    """ECR's evaluation, as documented, of rules that count images: newest first; an image that matches a rule's tags is out of
    reach of every rule with a lower priority."""
    expired: set[str] = set()
    shielded: set[str] = set()
    for rule in sorted(policy["rules"], key=lambda rule: rule["rulePriority"]):
        chosen = rule["selection"]
        if chosen["tagStatus"] != "tagged":
            continue
        matching = [name for name, tags in images.items() if all(any(t.startswith(p) for t in tags) for p in chosen["tagPrefixList"])]
        expired |= {name for name in matching[chosen["countNumber"] :] if name not in shielded}
        shielded |= set(matching)
    return expired


def test_a_released_image_never_expires_even_when_it_has_a_build_tag_too() -> None:
    policy = json.loads(lifecycle_policy(RegistrySpec(build_images_kept=2)))
    images = {
        "newest": ("build-5",),
        "newer": ("build-4",),
        "old": ("build-3",),
        "released": ("build-2", "release-a"),
        "oldest-released": ("release-b",),
        "foreign": ("v1",),
    }
    assert expired_by(policy, images) == {"old"}


def test_no_rule_reaches_every_image() -> None:
    rules = json.loads(lifecycle_policy(RegistrySpec()))["rules"]
    assert all(rule["selection"]["tagStatus"] in ("tagged", "untagged") for rule in rules)
    assert [rule["rulePriority"] for rule in rules] == sorted({rule["rulePriority"] for rule in rules})


def test_nobody_pulls_unless_granted() -> None:
    assert resources(synth(registry), "aws_ecr_repository_policy") == []


def test_grants_add_up_to_one_policy() -> None:
    role = "arn:aws:iam::111111111111:role/slipway-test-model-wine"

    def build(stack: Any) -> None:
        built = registry(stack, pull_principals=(OTHER,))
        built.grant_pull(role)
        built.grant_pull(role)

    found = statements(resource(synth(build), "aws_ecr_repository_policy")["policy"])
    assert_exact_actions(found.values())
    assert_no_open_principal(found.values())
    assert found["Pull"]["Principal"] == {"AWS": [role, OTHER]}
    assert not [action for action in found["Pull"]["Action"] if "Put" in action or "Delete" in action]


def test_two_registries_do_not_clash() -> None:
    def build(stack: Any) -> None:
        registry(stack, "first", "inference")
        registry(stack, "second", "training", pull_principals=(OTHER,))

    document = synth(build)
    assert {body["name"] for body in resources(document, "aws_ecr_repository")} == {"slipway-test-inference", "slipway-test-training"}
    assert len(resources(document, "aws_ecr_repository_policy")) == 1


def test_example_exports_the_repository() -> None:
    document = synth(example.build)
    assert set(document["output"]) == {"inference_name", "inference_arn", "inference_url"}
    assert at(resource(document, "aws_ecr_repository"), "name") == "slipway-example-inference"


def test_lambda_pulls_for_its_functions_only() -> None:
    function = "arn:aws:lambda:eu-west-1:111111111111:function:slipway-test-wine"
    refs = RegistryRefs(kms_key_arn=REFS.kms_key_arn, function_arns=(function,))

    def build(stack: Any) -> None:
        built = Registry(stack, "registry", naming=NAMING, name="inference", spec=RegistrySpec(), refs=refs)
        built.grant_pull(OTHER)

    found = statements(resource(synth(build), "aws_ecr_repository_policy")["policy"])
    assert found["Pull"]["Principal"] == {"AWS": [OTHER]}
    assert found["Lambda"]["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert found["Lambda"]["Condition"] == {"ArnLike": {"aws:SourceArn": [function]}}
    assert_exact_actions(found.values())
