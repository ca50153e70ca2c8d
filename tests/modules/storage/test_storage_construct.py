"""Every option of a bucket reaches the Terraform JSON; every bucket is hardened."""

from __future__ import annotations

from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.storage import example
from modules.storage.construct import Bucket, BucketRefs
from modules.storage.spec import AccessLogsBucketSpec, AsyncOutputBucketSpec, BucketSpec, DataCaptureBucketSpec, ModelsBucketSpec
from tests.modules.policy_documents import assert_exact_actions, assert_no_open_principal, statements
from tests.modules.support import all_options, at, resource, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
KEY = "arn:aws:kms:eu-west-1:111111111111:key/1"
SPECS: list[type[Any]] = [ModelsBucketSpec, DataCaptureBucketSpec, AsyncOutputBucketSpec, AccessLogsBucketSpec]
LIFECYCLE = "aws_s3_bucket_lifecycle_configuration"
CASES: dict[str, tuple[Any, str, str]] = {
    "bucket": ("mine", "aws_s3_bucket", "bucket"),
    "force_destroy": (True, "aws_s3_bucket", "force_destroy"),
    "noncurrent_version_expiration_days": (11, LIFECYCLE, "rule[0].noncurrent_version_expiration[0].noncurrent_days"),
    "noncurrent_versions_kept": (4, LIFECYCLE, "rule[0].noncurrent_version_expiration[0].newer_noncurrent_versions"),
    "transition_to_ia_days": (45, LIFECYCLE, "rule[0].transition[0].days"),
    "abort_incomplete_multipart_upload_days": (2, LIFECYCLE, "rule[0].abort_incomplete_multipart_upload[0].days_after_initiation"),
    "expiration_days": (77, LIFECYCLE, "rule[0].expiration[0].days"),
    "event_bridge": (True, "aws_s3_bucket_notification", "eventbridge"),
}


def refs(kind: type[Any]) -> BucketRefs:
    return BucketRefs() if kind is AccessLogsBucketSpec else BucketRefs(kms_key_arn=KEY, access_logs_bucket="logs")


def bucket(stack: Any, kind: type[Any] = ModelsBucketSpec, id: str = "bucket", **options: Any) -> Bucket:
    return Bucket(stack, id, naming=NAMING, spec=kind(**options), refs=refs(kind))


@pytest.mark.parametrize(("kind", "option"), [(kind, option) for kind in SPECS for option in CASES if option in kind.model_fields])
def test_option_reaches_the_document(kind: type[Any], option: str) -> None:
    value, resource_type, path = CASES[option]
    document = synth(lambda stack: bucket(stack, kind, **{option: value}))
    assert at(resource(document, resource_type), path) == value


def test_every_option_has_a_case() -> None:
    tested = {f"{kind.__name__}.{option}" for kind in SPECS for option in (*CASES, "purpose")}
    assert untested(all_options(*SPECS), tested) == []


@pytest.mark.parametrize("kind", SPECS)
def test_purpose_decides_the_name(kind: type[Any]) -> None:
    name = resource(synth(lambda stack: bucket(stack, kind)), "aws_s3_bucket")["bucket"]
    assert name == f"slipway-test-{kind().purpose.replace('_', '-')}-111111111111"


@pytest.mark.parametrize("kind", SPECS)
def test_every_bucket_is_hardened(kind: type[Any]) -> None:
    document = synth(lambda stack: bucket(stack, kind))
    assert at(resource(document, "aws_s3_bucket_versioning"), "versioning_configuration.status") == "Enabled"
    assert at(resource(document, "aws_s3_bucket_ownership_controls"), "rule.object_ownership") == "BucketOwnerEnforced"
    block = resource(document, "aws_s3_bucket_public_access_block")
    switches = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    assert [block[switch] for switch in switches] == [True] * 4
    rule = at(resource(document, LIFECYCLE), "rule[0]")
    assert rule["filter"] == [{"prefix": ""}]
    assert rule["status"] == "Enabled"


@pytest.mark.parametrize("kind", SPECS)
def test_policy_denies_plain_http_and_foreign_encryption_and_allows_nobody_open(kind: type[Any]) -> None:
    found = statements(resource(synth(lambda stack: bucket(stack, kind)), "aws_s3_bucket_policy")["policy"])
    arn = f"arn:aws:s3:::{kind().bucket_name(NAMING)}"
    assert found["TlsOnly"]["Effect"] == "Deny"
    assert found["TlsOnly"]["Action"] == "s3:*"
    assert found["TlsOnly"]["Resource"] == [arn, f"{arn}/*"]
    assert found["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    encryption = "AES256" if kind is AccessLogsBucketSpec else "aws:kms"
    header = "s3:x-amz-server-side-encryption"
    condition = found["OwnEncryptionOnly"]["Condition"]
    assert condition == {"Null": {header: "false"}, "StringNotEquals": {header: encryption}}, "without the header the bucket's own holds"
    assert_exact_actions(found.values())
    assert_no_open_principal(found.values())


def test_data_is_encrypted_with_the_given_key_through_a_bucket_key() -> None:
    rule = at(resource(synth(bucket), "aws_s3_bucket_server_side_encryption_configuration"), "rule[0]")
    assert rule["apply_server_side_encryption_by_default"] == {"sse_algorithm": "aws:kms", "kms_master_key_id": KEY}
    assert rule["bucket_key_enabled"] is True


def test_access_logs_are_encrypted_by_s3_and_delivered_for_this_environment_only() -> None:
    document = synth(lambda stack: bucket(stack, AccessLogsBucketSpec))
    rule = at(resource(document, "aws_s3_bucket_server_side_encryption_configuration"), "rule[0]")
    assert rule["apply_server_side_encryption_by_default"] == {"sse_algorithm": "AES256"}
    delivery = statements(resource(document, "aws_s3_bucket_policy")["policy"])["AccessLogDelivery"]
    assert delivery["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert delivery["Action"] == "s3:PutObject"
    assert delivery["Condition"] == {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::slipway-test-*"},
        "StringEquals": {"aws:SourceAccount": "111111111111"},
    }
    assert resources(document, "aws_s3_bucket_logging") == []


def test_other_buckets_log_below_their_own_name() -> None:
    logging = resource(synth(bucket), "aws_s3_bucket_logging")
    assert logging["target_bucket"] == "logs"
    assert logging["target_prefix"] == "slipway-test-models-111111111111/"


def test_current_models_never_expire() -> None:
    rule = at(resource(synth(bucket), LIFECYCLE), "rule[0]")
    assert "expiration" not in rule


def test_transition_goes_to_infrequent_access() -> None:
    document = synth(lambda stack: bucket(stack, transition_to_ia_days=60))
    assert at(resource(document, LIFECYCLE), "rule[0].transition[0].storage_class") == "STANDARD_IA"


@pytest.mark.parametrize(
    ("spec", "given", "message"),
    [
        (ModelsBucketSpec(), BucketRefs(), "the models bucket needs refs.kms_key_arn"),
        (AccessLogsBucketSpec(), BucketRefs(kms_key_arn=KEY), "the access log bucket takes no refs"),
        (ModelsBucketSpec(), BucketRefs(kms_key_arn=KEY, load_balancer_logs=True), "load balancers cannot write into the models bucket"),
        (AccessLogsBucketSpec(), BucketRefs(access_logs_bucket="logs"), "the access log bucket takes no refs"),
    ],
)
def test_refs_must_fit_the_purpose(spec: BucketSpec, given: BucketRefs, message: str) -> None:
    with pytest.raises(Exception, match=message):
        synth(lambda stack: Bucket(stack, "bucket", naming=NAMING, spec=spec, refs=given))


def test_the_name_is_read_from_the_policy_so_that_nothing_is_written_before_it() -> None:
    name = synth(example.build)["output"]["models_name"]["value"]
    assert name.startswith("${aws_s3_bucket_policy.models")


def test_four_buckets_do_not_clash() -> None:
    def build(stack: Any) -> None:
        for kind in SPECS:
            bucket(stack, kind, id=kind().purpose)

    document = synth(build)
    assert len(resources(document, "aws_s3_bucket")) == 4
    identifiers = [name for bodies in document["resource"].values() for name in bodies]
    assert len(identifiers) == len(set(identifiers)), "checkov names findings by logical id alone"
