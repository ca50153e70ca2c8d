"""Names, ARNs and hashes."""

from __future__ import annotations

import pytest

from modules._shared.naming import Naming, content_hash, shorten

NAMING = Naming("slipway", "dev", "111111111111", "eu-west-1")


def test_names_carry_project_and_environment() -> None:
    assert NAMING.name("wine") == "slipway-dev-wine"
    assert NAMING.bucket("models") == "slipway-dev-models-111111111111"
    assert NAMING.parameter("endpoints", "wine", "arn") == "/slipway/dev/endpoints/wine/arn"


@pytest.mark.parametrize(("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_arn_knows_the_partition(region: str, partition: str) -> None:
    naming = Naming("slipway", "dev", "111111111111", region)
    assert naming.arn("s3", "bucket", region=False, account=False) == f"arn:{partition}:s3:::bucket"
    assert naming.arn("sagemaker", "endpoint/x") == f"arn:{partition}:sagemaker:{region}:111111111111:endpoint/x"


def test_long_names_are_cut_and_stay_different() -> None:
    one, other = (shorten("a" * 80 + end, 63) for end in "xy")
    assert len(one) == len(other) == 63
    assert one != other
    assert len(NAMING.bucket("x" * 90)) == 63


def test_the_hash_depends_on_content_and_not_on_order() -> None:
    assert content_hash({"a": 1, "b": [1, 2]}) == content_hash({"b": [1, 2], "a": 1})
    assert content_hash({"a": 1}) != content_hash({"a": 2})
    assert len(content_hash({})) == 10
