"""Puts the page of a saved review where approvers can open it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from slipway.deploy.approved import PAGE
from slipway.errors import InputError, SlipwayError

_PLACE = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<prefix>[A-Za-z0-9!_.*'()/=-]+)")


def publish(folder: Path, place: str) -> str:
    """Upload `review.html` of `folder` below `place` (`s3://bucket/prefix`), and return its address in the AWS console.

    The page stays private: whoever opens it signs in and may read the bucket. The credentials are those of the caller, not of the
    environment that was planned. Raises InputError for a wrong place or folder, SlipwayError when S3 refuses.
    """
    match = _PLACE.fullmatch(place.rstrip("/"))
    if match is None:
        raise InputError(f"--publish {place}: not a place in S3", fix="name one: s3://bucket/prefix")
    page = folder / PAGE
    if not page.is_file():
        raise InputError(f"{folder} holds no {PAGE}", fix=f"make one: slipway plan ENV --save {folder}")
    key = f"{match['prefix']}/{PAGE}"
    region = _upload(page, match["bucket"], key)
    return f"https://{region}.console.aws.amazon.com/s3/object/{match['bucket']}?region={region}&prefix={quote(key, safe='')}"


def _upload(page: Path, bucket: str, key: str) -> str:
    """Returns the bucket's region."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        s3 = boto3.client("s3")
        s3.put_object(Bucket=bucket, Key=key, Body=page.read_bytes(), ContentType="text/html; charset=utf-8")
        return s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] or "us-east-1"
    except (BotoCoreError, ClientError) as error:
        raise SlipwayError(f"cannot publish to s3://{bucket}/{key}: {error}", fix="use credentials that may write there") from None
