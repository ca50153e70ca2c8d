"""Emptying a versioned bucket the way Terraform's `force_destroy` does: every version and every delete marker by id."""

from __future__ import annotations

from typing import Any


def test_versions_and_delete_markers_go(client: Any) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="versions", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket="versions", Key="state", Body=body)
    s3.delete_object(Bucket="versions", Key="state")
    listed = s3.list_object_versions(Bucket="versions")
    ids = [{"Key": "state", "VersionId": item["VersionId"]} for item in listed["Versions"] + listed["DeleteMarkers"]]
    assert len(ids) == 3
    for identity in ids:
        answer = s3.delete_objects(Bucket="versions", Delete={"Objects": [identity]})
        assert not answer.get("Errors")
    s3.delete_bucket(Bucket="versions")
    assert s3.list_buckets()["Buckets"] == []
