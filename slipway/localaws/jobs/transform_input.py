"""The input files of a transform job: which objects, and what they hold (API: TransformInput)."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from slipway.localaws.hosting.data import list_objects, read_object


class InputRefused(Exception):
    """Input that SageMaker cannot use; the text is the FailureReason."""


@dataclass(frozen=True)
class InputFile:
    """One object. `name` is its place below the output path, without `.out`."""

    uri: str
    name: str

    def read(self, *, gzip: bool) -> bytes:
        """Its content, unpacked. Raises InputRefused."""
        data = read_object(self.uri)
        if data is None:
            raise InputRefused(f"ClientError: the object {self.uri} is gone")
        if not gzip:
            return data
        try:
            return zlib.decompress(data, wbits=31)
        except zlib.error as error:
            raise InputRefused(f"ClientError: {self.uri} is no gzip file: {error}") from None


def find_files(source: Mapping[str, Any]) -> list[InputFile]:
    """The objects below an S3 prefix, or those that a manifest lists. Raises InputRefused when there are none."""
    uri = str(source["S3Uri"])
    files = _listed(uri) if source["S3DataType"] == "ManifestFile" else _below(uri)
    if not files:
        raise InputRefused(f"ClientError: No S3 objects found under S3 URL {uri!r} given in input data source.")
    return files


def _below(uri: str) -> list[InputFile]:
    """Names are relative to the folder of the prefix."""
    bucket, prefix = urlsplit(uri).netloc, uri.partition("://")[2].partition("/")[2]
    folder = prefix.rpartition("/")[0] + "/" if "/" in prefix else ""
    return [InputFile(f"s3://{bucket}/{key}", key.removeprefix(folder)) for key in list_objects(uri)]


def _listed(uri: str) -> list[InputFile]:
    """A manifest: `[{"prefix": "s3://bucket/folder/"}, "a.csv", "b.csv"]` (API: TransformS3DataSource)."""
    data = read_object(uri)
    if data is None:
        raise InputRefused(f"ClientError: No S3 objects found under S3 URL {uri!r} given in input data source.")
    try:
        head, *names = json.loads(data)
        prefix = str(head["prefix"])
    except (ValueError, TypeError, KeyError):
        raise InputRefused(f'ClientError: {uri} is no manifest: a list that begins with {{"prefix": "s3://..."}}') from None
    return [InputFile(prefix + str(name), str(name)) for name in names]
