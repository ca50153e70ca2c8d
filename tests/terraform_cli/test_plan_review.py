"""The plan review on plan documents written by hand and on plans of the real terraform."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slipway.errors import InputError
from slipway.terraform.cli import Terraform
from slipway.terraform.markdown import LIMIT, code, render
from slipway.terraform.review import Review, StackReview, parse_deny, review_plan
from slipway.terraform.ui import TerraformError


def change(address: str, actions: list[str], before: Any = None, after: Any = None, **more: Any) -> dict[str, Any]:
    reason = more.pop("action_reason", "")
    return {
        "address": address,
        "type": address.split(".")[-2],
        "action_reason": reason,
        "change": {"actions": actions, "before": before, "after": after, **more},
    }


def plan(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resource_changes": list(changes), **more}


def reviewed(*changes: dict[str, Any], **more: Any) -> StackReview:
    return review_plan("dev-serving", plan(*changes, **more))


REPLACED_BUCKET = change(
    "aws_s3_bucket.models", ["delete", "create"], {"bucket": "a"}, {"bucket": "b"}, replace_paths=[["bucket"]], after_unknown={"id": True}
)


def test_replacement_names_its_cause_and_is_called_out() -> None:
    review = Review("dev", (reviewed(REPLACED_BUCKET),))
    found = review.stacks[0].changes[0]
    assert (found.action, found.kind, found.called_out) == ("replace", "stateful", True)
    assert [(item.attribute, item.before, item.after) for item in found.causes] == [("bucket", "a", "b")]
    assert review.denied({"replace"}) == ["dev-serving: aws_s3_bucket.models (replace)"]
    assert review.denied({"destroy"}) == []


def test_nested_replace_path_and_unknown_value() -> None:
    before = {"production_variants": [{"instance_type": "ml.m5.large", "variant_name": "main"}], "arn": "x"}
    after = {"production_variants": [{"instance_type": "ml.c5.large", "variant_name": "main"}]}
    paths = [["production_variants", 0, "instance_type"], ["arn"]]
    item = reviewed(change("aws_x.y", ["create", "delete"], before, after, replace_paths=paths, after_unknown={"arn": True})).changes[0]
    assert [(c.attribute, c.before, c.after) for c in item.causes] == [
        ("production_variants[0].instance_type", "ml.m5.large", "ml.c5.large"),
        ("arn", "x", "(known after apply)"),
    ]


@pytest.mark.parametrize("kind", ["aws_vpc", "aws_subnet", "aws_security_group", "aws_vpc_endpoint", "aws_nat_gateway"])
def test_a_network_that_is_made_anew_is_called_out(kind: str) -> None:
    (found,) = reviewed(change(f"{kind}.x", ["delete", "create"], {"cidr_block": "a"}, {"cidr_block": "b"})).changes
    assert found.called_out and found.kind == "serving"


def test_deny_concerns_stateful_and_serving_only() -> None:
    review = Review(
        "dev",
        (
            reviewed(
                change("aws_sagemaker_endpoint.e", ["delete"], {"name": "e"}),
                change("aws_iam_role.r", ["delete"], {"name": "r"}),
                change("aws_sagemaker_endpoint_configuration.c", ["create", "delete"], {}, {}, replace_paths=[["name"]]),
            ),
        ),
    )
    assert review.denied(parse_deny("replace,destroy")) == ["dev-serving: aws_sagemaker_endpoint.e (destroy)"]
    with pytest.raises(InputError, match="unknown action update"):
        parse_deny("destroy,update")


def test_less_capacity_is_told() -> None:
    variants = lambda **counts: {"production_variants": [{"variant_name": k, "initial_instance_count": v} for k, v in counts.items()]}  # noqa: E731
    review = reviewed(
        change("aws_sagemaker_endpoint_configuration.c", ["create", "delete"], variants(a=6, b=1, gone=1), variants(a=1, b=2)),
        change("aws_appautoscaling_target.t", ["update"], {"min_capacity": 2, "max_capacity": 10}, {"min_capacity": 1, "max_capacity": 12}),
    )
    assert review.capacity == (
        "aws_sagemaker_endpoint_configuration.c variant a: instances 6 -> 1",
        "aws_sagemaker_endpoint_configuration.c variant gone: removed",
        "aws_appautoscaling_target.t: min_capacity 2 -> 1",
    )


SECRETS = change(
    "aws_x.y",
    ["delete", "create"],
    {"password": "hunter1", "nested": [{"key": "hunter2", "open": 1}], "whole": {"a": "hunter3"}, "was": "hunter4"},
    {"password": "hunter5", "nested": [{"key": "hunter6", "open": 2}], "whole": {"a": "hunter7"}, "was": "plain"},
    before_sensitive={"password": True, "nested": [{"key": True}], "whole": True, "was": True},
    after_sensitive={"password": True, "nested": [{"key": True}], "whole": True},
    replace_paths=[["password"], ["whole", "a"]],
)


def test_sensitive_values_are_never_shown() -> None:
    review = Review("dev", (reviewed(SECRETS),))
    text = json.dumps(review.as_dict()) + render(review) + repr(review)
    assert "hunter" not in text
    shown = {item.attribute: (item.before, item.after) for item in review.stacks[0].changes[0].differences}
    assert (
        shown["password"] == ("(sensitive)", "(sensitive)") and shown["nested[0].open"] == ("1", "2") and shown["was"][0] == "(sensitive)"
    )


def test_policies_are_compared_member_by_member_and_tags_once() -> None:
    before = {"policy": '{"Statement":[{"Action":"a","Effect":"Allow"}]}', "tags": {"a": "1"}, "tags_all": {"a": "1", "b": "1"}}
    after = {"policy": '{"Statement":[{"Action":"b","Effect":"Allow"}]}', "tags": {"a": "2"}, "tags_all": {"a": "2", "b": "1"}}
    found = reviewed(change("aws_x.y", ["update"], before, after)).changes[0].differences
    assert [item.attribute for item in found] == ["policy.Statement[0].Action", "tags.a"]


def test_reasons_drift_import_and_outputs() -> None:
    review = reviewed(
        change("aws_x.gone", ["delete"], {}, action_reason="delete_because_no_resource_config"),
        change("aws_x.in", ["no-op"], {}, {}, importing={"id": "i"}),
        change("data.aws_x.d", ["read"], None, {}),
        resource_drift=[change("aws_x.moved", ["update"], {"a": 1}, {"a": 2})],
        output_changes={"o": {"actions": ["update"]}, "same": {"actions": ["no-op"]}},
    )
    assert [item.action for item in review.changes] == ["destroy", "import", "read"]
    assert review.changes[0].reason == "it is no longer configured" and review.drift == ("aws_x.moved",) and review.outputs == ("o",)
    assert not review.empty and StackReview("dev-state").empty


def test_the_page_says_what_matters() -> None:
    page = render(Review("prod", (reviewed(REPLACED_BUCKET), StackReview("prod-serving", note="cannot be planned yet"))))
    assert page.startswith("<!-- slipway-plan:prod -->\n")
    for text in ("| `dev-serving` |  |  | 1 |", "> [!CAUTION]", "because of `bucket`: `a` → `b`", "`prod-serving`: cannot be planned yet"):
        assert text in page
    assert "No changes: what runs is what is configured." in render(Review("dev", (StackReview("dev-state"),)))


def test_hostile_values_cannot_break_out_of_the_page() -> None:
    evil = "x` | <script>\n## @everyone ``` </details>"
    assert code(evil).count("`") == 2 and "\n" not in code(evil) and "|" not in code(evil)


@pytest.mark.parametrize("text", ["plain", "ÄÖ漢字" * 8], ids=["ascii", "unicode"])
def test_a_huge_plan_still_fits_and_says_what_is_left_out(text: str) -> None:
    many = [change(f"aws_x.r{number:04}", ["update"], {"a": text}, {"a": text + "!"}) for number in range(3000)]
    page = render(Review("dev", (reviewed(*many, change("aws_s3_bucket.b", ["delete"], {})),)))
    assert len(page.encode()) <= LIMIT
    shown = page.count("\n- `~`")
    assert f"**Truncated:** {3000 - shown} more changes" in page and "aws_s3_bucket.b" in page
    assert page.count("<details>") == page.count("</details>")


@pytest.fixture
def terraform(tmp_path: Path) -> Terraform:
    (tmp_path / "dev-shared").mkdir()
    return Terraform(tmp_path / "dev-shared", tmp_path, tmp_path / "logs")


def configure(terraform: Terraform, **resources: Any) -> None:
    document = {"variable": {"secret": {"default": "hunter1", "sensitive": True}}, "resource": {"terraform_data": resources}}
    document["output"] = {"open": {"value": "seen"}, "closed": {"value": "${var.secret}", "sensitive": True}}
    (terraform.directory / "cdk.tf.json").write_text(json.dumps(document))


def planned(terraform: Terraform) -> tuple[StackReview, Path]:
    file = terraform.root / "tfplan"
    terraform.init()
    changed = terraform.plan(file)
    review = review_plan(terraform.stack, terraform.show(file))
    assert changed == (not review.empty)
    return review, file


def test_real_plans(terraform: Terraform) -> None:
    configure(terraform, a={"input": "1", "triggers_replace": "${var.secret}"}, b={"input": "1"}, c={"input": "1"})
    review, file = planned(terraform)
    assert review.count("create") == 3
    terraform.apply(file)
    assert planned(terraform)[0].empty
    assert {name: item["sensitive"] for name, item in terraform.outputs().items()} == {"open": False, "closed": True}

    configure(terraform, a={"input": "1", "triggers_replace": "other"}, b={"input": "2"})
    review, _ = planned(terraform)
    assert {item.address: item.action for item in review.changes} == {
        "terraform_data.a": "replace",
        "terraform_data.b": "update",
        "terraform_data.c": "destroy",
    }
    cause = next(item for item in review.changes if item.action == "replace").causes[0]
    assert (cause.attribute, cause.before) == ("triggers_replace", "(sensitive)")
    assert "hunter1" not in render(Review("dev", (review,)))


def test_errors_are_condensed_to_the_diagnostics(terraform: Terraform) -> None:
    configure(terraform, a={"input": "1", "provisioner": [{"local-exec": {"command": "echo no such thing >&2; exit 3"}}]})
    _, file = planned(terraform)
    with pytest.raises(TerraformError) as caught:
        terraform.apply(file)
    error = caught.value
    assert error.message.startswith("terraform apply of dev-shared failed: terraform_data.a: local-exec provisioner error: ")
    assert "no such thing" in error.message and error.details["diagnostics"][0]["address"] == "terraform_data.a"
    configure(terraform, a={"nope": 1})
    with pytest.raises(TerraformError, match="terraform plan of dev-shared failed: .*nope"):
        terraform.plan(file)
