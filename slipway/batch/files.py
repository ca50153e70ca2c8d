"""Objects in S3 as batch jobs see them: input files and their outputs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from slipway.artifacts.account import Account, explain
from slipway.errors import InputError

_DELETE = 1000
"""Objects of one DeleteObjects call."""


@dataclass(frozen=True)
class Stored:
    """One object: its bucket, key and size in bytes."""

    bucket: str
    key: str
    size: int

    @property
    def uri(self) -> str:
        """Its S3 address."""
        return f"s3://{self.bucket}/{self.key}"


def address(uri: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`. InputError for anything else."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise InputError(f"{uri!r} is no S3 address", fix="write s3://bucket/prefix/")
    return bucket, key


def below(account: Account, uri: str) -> list[Stored]:
    """Every object whose key begins with the prefix, folders' markers left out. SlipwayError when it cannot be listed."""
    from botocore.exceptions import ClientError

    bucket, prefix = address(uri)
    found = []
    try:
        for page in account.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            found += [Stored(bucket, item["Key"], item["Size"]) for item in page.get("Contents", []) if not item["Key"].endswith("/")]
    except ClientError as error:
        raise explain(error, f"cannot list {uri}", account) from None
    return found


def inputs(account: Account, uri: str, kind: str) -> list[Stored]:
    """The files that a job of this input reads: below the prefix, or those of a manifest. InputError when there are none."""
    found = _listed(account, uri) if kind == "ManifestFile" else below(account, uri)
    if not found:
        raise InputError(f"there is nothing to score below {uri}", fix="upload files there: aws s3 cp FILE " + uri)
    return found


def _listed(account: Account, uri: str) -> list[Stored]:
    try:
        head, *names = json.loads(read(account, uri))
        prefix = str(head["prefix"])
    except (ValueError, TypeError, KeyError):
        raise InputError(f"{uri} is no manifest", fix='a manifest is [{"prefix": "s3://bucket/folder/"}, "a.csv", "b.csv"]') from None
    return [Stored(*address(prefix + str(name)), size=0) for name in names]


def read(account: Account, uri: str) -> bytes:
    """One object's content. SlipwayError when it cannot be read."""
    from botocore.exceptions import ClientError

    bucket, key = address(uri)
    try:
        body: bytes = account.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise explain(error, f"cannot read {uri}", account) from None
    return body


def write(account: Account, uri: str, body: bytes) -> None:
    """Put one object. SlipwayError when it cannot be written."""
    from botocore.exceptions import ClientError

    bucket, key = address(uri)
    try:
        account.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    except ClientError as error:
        raise explain(error, f"cannot write {uri}", account) from None


def remove(account: Account, uris: Iterable[str]) -> None:
    """Delete everything below these prefixes."""
    for uri in uris:
        found: Sequence[Stored] = below(account, uri)
        for start in range(0, len(found), _DELETE):
            keys: list[Any] = [{"Key": item.key} for item in found[start : start + _DELETE]]
            account.client("s3").delete_objects(Bucket=found[0].bucket, Delete={"Objects": keys, "Quiet": True})


def output_of(file: Stored, outputs: Iterable[Stored]) -> Stored | None:
    """The output of an input file: the `.out` object whose path is the longest end of the input's."""
    path = file.key.split("/")
    best: tuple[int, Stored] | None = None
    for output in outputs:
        if output.key.endswith(".out"):
            same = _common_end(path, output.key.removesuffix(".out").split("/"))
            if same and (best is None or same > best[0]):
                best = (same, output)
    return best[1] if best else None


def _common_end(left: Sequence[str], right: Sequence[str]) -> int:
    """Parts that both paths end with."""
    count = 0
    for one, other in zip(reversed(left), reversed(right), strict=False):
        if one != other:
            break
        count += 1
    return count
