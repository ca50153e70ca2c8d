"""`slipway review`: the page of a saved review goes to a private place, and its link is what an approval shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from slipway.deploy.publish import publish
from slipway.errors import InputError, SlipwayError

BUCKET = "slipway-dev-delivery-111111111111"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield client


@pytest.fixture
def review(tmp_path: Path) -> Path:
    (tmp_path / "review.html").write_text("<p>Grüße")
    (tmp_path / "approved.json").write_text("{}")
    return tmp_path


def test_the_page_goes_up_and_nothing_else(s3: Any, review: Path) -> None:
    url = publish(review, f"s3://{BUCKET}/reviews/prod/17/")
    assert url == (f"https://eu-west-1.console.aws.amazon.com/s3/object/{BUCKET}?region=eu-west-1&prefix=reviews%2Fprod%2F17%2Freview.html")
    (stored,) = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    page = s3.get_object(Bucket=BUCKET, Key=stored["Key"])
    assert (page["ContentType"], page["Body"].read().decode()) == ("text/html; charset=utf-8", "<p>Grüße")


@pytest.mark.parametrize("place", ["", "bucket/x", "s3://bucket", "s3://Bucket/x", "https://x/y", "s3://bucket/a b"])
def test_a_wrong_place_is_refused(review: Path, place: str) -> None:
    with pytest.raises(InputError, match="not a place in S3"):
        publish(review, place)


def test_a_folder_without_a_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no review.html"):
        publish(tmp_path, f"s3://{BUCKET}/x")


@pytest.mark.usefixtures("s3")
def test_what_s3_refuses_is_said(review: Path) -> None:
    with pytest.raises(SlipwayError, match="cannot publish to s3://another-bucket/x/review.html"):
        publish(review, "s3://another-bucket/x")
