"""The S3 backend of a stack as seen from outside Terraform: state object, versions, digest, Slipway's own record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from slipway.deploy.lock_metric import lock_metric
from slipway.deploy.target import Target
from slipway.errors import SlipwayError

_VERSIONS_READ = 20


@dataclass(frozen=True)
class Record:
    """What the last Slipway run left in the state bucket: any older or different state is not that run's."""

    serial: int
    lineage: str
    sha256: str
    writer: str
    time: str


@dataclass(frozen=True)
class State:
    """A readable state."""

    serial: int
    lineage: str
    sha256: str
    md5: str
    resources: int
    content: str
    """Checksum of resources and outputs alone: Terraform gives a state a new lineage and serial when it moves to an empty backend."""
    deposed: bool
    """Whether a replacement that was not finished left objects behind."""


def parse_state(body: bytes) -> State | None:
    """The state in `body`, or None when it is empty, cut off or not a Terraform state."""
    try:
        document = json.loads(body)
        serial, lineage, resources = int(document["serial"]), str(document["lineage"]), document.get("resources") or []
    except (ValueError, KeyError, TypeError):
        return None
    md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
    held = json.dumps([resources, document.get("outputs")], sort_keys=True).encode()
    checksum, content = hashlib.sha256(body).hexdigest(), hashlib.sha256(held).hexdigest()
    return State(serial, lineage, checksum, md5, len(resources), content, b'"deposed"' in body)


class Store:
    """One stack's state in its bucket. Every read tells a missing object (None) from a failing call (SlipwayError)."""

    def __init__(self, target: Target, stack: str) -> None:
        document = json.loads((target.folder(stack) / "cdk.tf.json").read_text(encoding="utf-8"))
        backend = document["terraform"]["backend"]["s3"]
        self.stack = stack
        self.environment = target.name
        self.bucket: str = backend["bucket"]
        self.key: str = backend["key"]
        self.table: str | None = backend.get("dynamodb_table")
        self.lock_object: str | None = f"{self.key}.tflock" if backend.get("use_lockfile") else None
        self.endpoint = target.url
        self.encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": backend["kms_key_id"]} if backend.get("kms_key_id") else {}
        self._s3 = target.client("s3")
        self._dynamodb = target.client("dynamodb") if self.table else None
        self.lock_metric = lock_metric(target)

    @property
    def record_key(self) -> str:
        """Object that holds this stack's record."""
        return f".slipway/{self.stack}.json"

    def bucket_exists(self) -> bool:
        """Whether the state bucket is there; SlipwayError when it is not ours to see."""
        return self._call(lambda: self._s3.head_bucket(Bucket=self.bucket), f"bucket {self.bucket}") is not None

    def read(self, key: str) -> bytes | None:
        """An object's body, or None when the object or the bucket is missing."""
        answer = self._call(lambda: self._s3.get_object(Bucket=self.bucket, Key=key), f"s3://{self.bucket}/{key}")
        return None if answer is None else bytes(answer["Body"].read())

    def write(self, key: str, body: bytes, *, only_new: bool = False) -> bool:
        """Write an object with the state's encryption; with `only_new`, False when it exists already."""
        condition = {"IfNoneMatch": "*"} if only_new else {}
        where = f"s3://{self.bucket}/{key}"
        put = lambda: self._s3.put_object(Bucket=self.bucket, Key=key, Body=body, **self.encryption, **condition)  # noqa: E731
        return self._call(put, where, absent=("PreconditionFailed", "412", "ConditionalRequestConflict")) is not None

    def delete(self, key: str) -> None:
        """Delete an object; missing is fine."""
        self._call(lambda: self._s3.delete_object(Bucket=self.bucket, Key=key), f"s3://{self.bucket}/{key}")

    def versions(self, key: str) -> Iterator[tuple[str, bytes]]:
        """The newest stored versions of an object, newest first, with their bodies; delete markers are left out."""
        listing = self._call(lambda: self._s3.list_object_versions(Bucket=self.bucket, Prefix=key), f"versions of {key}") or {}
        for item in [v for v in listing.get("Versions", []) if v["Key"] == key][:_VERSIONS_READ]:
            identity = item["VersionId"]
            body = self._s3.get_object(Bucket=self.bucket, Key=key, VersionId=identity)["Body"].read()
            yield str(identity), bytes(body)

    def record(self) -> Record | None:
        """Slipway's record; SlipwayError when it is there but not readable."""
        body = self.read(self.record_key)
        if body is None:
            return None
        try:
            return Record(**json.loads(body))
        except (ValueError, TypeError) as error:
            raise SlipwayError(
                f"Slipway's own record s3://{self.bucket}/{self.record_key} is not readable: {error}",
                fix="Restore an earlier version of that object, or delete it once the state itself has been checked.",
            ) from error

    def write_record(self, record: Record) -> None:
        """Replace the record."""
        self.write(self.record_key, json.dumps(asdict(record), indent=2).encode())

    def item(self, suffix: str = "") -> dict[str, str] | None:
        """String attributes of the stack's row in the lock table: the lock itself, or with `-md5` the state's digest."""
        key = {"LockID": {"S": f"{self.bucket}/{self.key}{suffix}"}}
        read = lambda: self._client().get_item(TableName=self.table, Key=key, ConsistentRead=True)  # noqa: E731
        answer = self._call(read, f"lock table {self.table}", absent=())
        item = (answer or {}).get("Item")
        return {name: str(value["S"]) for name, value in item.items() if "S" in value} if item else None

    def delete_item(self) -> None:
        """Remove the lock row."""
        key = {"LockID": {"S": f"{self.bucket}/{self.key}"}}
        self._call(lambda: self._client().delete_item(TableName=self.table, Key=key), f"lock table {self.table}")

    def write_digest(self, md5: str) -> None:
        """Set the digest that Terraform compares the state with."""
        item = {"LockID": {"S": f"{self.bucket}/{self.key}-md5"}, "Digest": {"S": md5}}
        self._call(lambda: self._client().put_item(TableName=self.table, Item=item), f"lock table {self.table}")

    def _client(self) -> Any:
        if self._dynamodb is None:
            raise ValueError(f"{self.stack} has no lock table")
        return self._dynamodb

    def _call(self, call: Any, what: str, absent: tuple[str, ...] = ("NoSuchKey", "NoSuchBucket", "404", "NotFound")) -> Any:
        """The answer, None for one of the `absent` codes, SlipwayError in plain words for everything else."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return call()
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in absent:
                return None
            raise SlipwayError(
                f"{what} of {self.environment} cannot be used: {code}: {error.response.get('Error', {}).get('Message', error)}",
                fix=_FIXES.get(
                    code, "Check that the credentials may use the state bucket, its key and the lock table; nothing was changed."
                ),
            ) from error
        except BotoCoreError as error:
            raise SlipwayError(
                f"{what} of {self.environment} cannot be reached: {error}", fix="Check the connection and try again."
            ) from error


_FIXES = {
    "ResourceNotFoundException": "The lock table is missing. Run `slipway bootstrap` to make it again; nothing was changed.",
    "NoSuchBucket": "The state bucket is missing. If it was deleted, restore the states from a backup first; nothing was changed.",
}
