"""Upload a model archive to its content-addressed key: verified, resumable, never over anything else.

The upload is our own multipart loop, not boto3's TransferManager, because the pinned s3transfer passes on neither
`If-None-Match` (S3's only atomic "never overwrite") nor per-part checksums, and cannot resume.

Why a finished upload is the archive: S3 is sent the SHA-256 of every part and refuses a part that differs; after
completion the checksum of checksums that S3 computed is compared with ours, and objects up to 64 MiB are read
back and hashed as well, as is any object whose store shows no checksum.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from slipway.artifacts.account import Account, error_code, explain
from slipway.artifacts.checksums import composite, part_count, part_sha256, part_size
from slipway.artifacts.limits import MIB
from slipway.artifacts.objects import Stored, describe, verify
from slipway.artifacts.pack import Archive
from slipway.config.release import ArtifactPin
from slipway.errors import SlipwayError
from slipway.progress import Reporter, Silent

THREADS = 4


@dataclass(frozen=True)
class Uploaded:
    """Where an archive lies. `existed`: the same bytes were there before, nothing was sent."""

    pin: ArtifactPin
    existed: bool


def artifact_key(model: str, sha256: str) -> str:
    """The one key an archive can have. `model` may be `<model>/<container>` of a pipeline."""
    return f"models/{model}/{sha256}/model.tar.gz"


def upload(account: Account, model: str, archive: Archive, *, part_bytes: int | None = None, reporter: Reporter | None = None) -> Uploaded:
    """Put `archive` into the account's models bucket, once; see `upload_file`."""
    key = artifact_key(model, archive.sha256)
    existed = upload_file(account, key, archive, part_bytes=part_bytes, reporter=reporter)
    return Uploaded(ArtifactPin(key=key, sha256=archive.sha256, size=archive.size), existed)


def upload_file(account: Account, key: str, file: Archive, *, part_bytes: int | None = None, reporter: Reporter | None = None) -> bool:
    """Put one file at `key`; True when the same bytes were there. Run again after a failure, it sends only what is missing.

    `part_bytes` overrides the size of a part (S3: 5 MiB to 5 GiB). Raises SlipwayError when the bucket is missing,
    access is denied, other bytes lie at the key, or what S3 stored is not what was sent.
    """
    job = _Job(account, key, file, part_bytes or part_size(file.size), reporter or Silent())
    try:
        return job.run()
    except ClientError as error:
        raise explain(error, f"cannot upload to bucket {account.models_bucket}", account) from None
    except BotoCoreError as error:
        fix = "run the same command again; finished parts are kept"
        raise SlipwayError(f"upload of {key} was interrupted: {error}", fix=fix) from None


class _Job:
    def __init__(self, account: Account, key: str, archive: Archive, part: int, reporter: Reporter) -> None:
        self._s3 = account.client("s3")
        self._bucket = account.models_bucket
        self.key = key
        self._archive = archive
        self._part = part
        self._reporter = reporter
        self._encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": account.artifacts_key}
        self._metadata = {"sha256": archive.sha256, "part-size": str(part)}
        self._done = 0
        self._lock = threading.Lock()

    def run(self) -> bool:
        """Upload unless it is there; True when it was."""
        if (stored := describe(self._s3, self._bucket, self.key)) is not None:
            self._verify(stored)
            self._reporter.info("upload", f"{self.key}: there already, verified")
            return True
        self._reporter.step("upload", f"s3://{self._bucket}/{self.key}, {self._archive.size / MIB:.1f} MiB")
        try:
            self._multipart() if self._archive.size > self._part else self._single()
        except ClientError:
            # Whatever S3 said (PreconditionFailed, NoSuchUpload, ...): an object that is there now came from somebody else.
            if describe(self._s3, self._bucket, self.key) is None:
                raise
            self._reporter.info("upload", "another upload of the same key finished first")
        stored = describe(self._s3, self._bucket, self.key)
        if stored is None:
            raise SlipwayError(f"{self.key} is not there after its upload", fix="check the bucket's policy and lifecycle rules")
        self._verify(stored)
        self._reporter.info("upload", f"{self.key}: verified")
        return False

    def _verify(self, stored: Stored) -> None:
        expected = composite(self._archive.path, stored.part_bytes or self._part) if stored.in_parts else ""
        verify(self._s3, self._bucket, self.key, stored, sha256=self._archive.sha256, size=self._archive.size, composite=expected)

    def _single(self) -> None:
        body = self._archive.path.read_bytes()
        self._s3.put_object(
            Bucket=self._bucket,
            Key=self.key,
            Body=body,
            IfNoneMatch="*",
            ContentType="application/gzip",
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=_b64(hashlib.sha256(body).digest()),
            Metadata=self._metadata,
            **self._encryption,
        )

    def _multipart(self) -> None:
        upload_id, present = self._resumable() or (self._create(), {})
        count = part_count(self._archive.size, self._part)
        with ThreadPoolExecutor(THREADS) as pool:
            send: Callable[[int], dict[str, Any]] = lambda number: self._send(upload_id, number, present)  # noqa: E731
            futures = [pool.submit(send, number) for number in range(1, count + 1)]
            try:
                parts = [future.result() for future in futures]
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        try:
            self._s3.complete_multipart_upload(
                Bucket=self._bucket, Key=self.key, UploadId=upload_id, IfNoneMatch="*", MultipartUpload={"Parts": parts}
            )
        except ClientError as error:
            if error_code(error) == "PreconditionFailed":
                self._s3.abort_multipart_upload(Bucket=self._bucket, Key=self.key, UploadId=upload_id)
            raise

    def _create(self) -> str:
        answer = self._s3.create_multipart_upload(
            Bucket=self._bucket,
            Key=self.key,
            ContentType="application/gzip",
            ChecksumAlgorithm="SHA256",
            Metadata=self._metadata,
            **self._encryption,
        )
        return str(answer["UploadId"])

    def _resumable(self) -> tuple[str, dict[int, dict[str, Any]]] | None:
        """An unfinished upload of this very key and the parts it has; the key's hash says that the bytes are the same."""
        pages = self._s3.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket, Prefix=self.key)
        open_uploads = [item["UploadId"] for page in pages for item in page.get("Uploads", []) if item["Key"] == self.key]
        if not open_uploads:
            return None
        pages = self._s3.get_paginator("list_parts").paginate(Bucket=self._bucket, Key=self.key, UploadId=open_uploads[-1])
        return open_uploads[-1], {part["PartNumber"]: part for page in pages for part in page.get("Parts", [])}

    def _send(self, upload_id: str, number: int, present: dict[int, dict[str, Any]]) -> dict[str, Any]:
        """Send one part unless the same bytes are there; S3 refuses it (BadDigest) when it arrives changed."""
        data, digest = part_sha256(self._archive.path, self._part, number)
        checksum = _b64(digest)
        known = present.get(number, {})
        if known.get("Size") == len(data) and known.get("ChecksumSHA256") == checksum:
            etag = known["ETag"]
        else:
            etag = self._s3.upload_part(
                Bucket=self._bucket,
                Key=self.key,
                UploadId=upload_id,
                PartNumber=number,
                Body=data,
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=checksum,
            )["ETag"]
        self._progress(len(data))
        return {"PartNumber": number, "ETag": etag, "ChecksumSHA256": checksum}

    def _progress(self, sent: int) -> None:
        with self._lock:
            before, self._done = self._done, self._done + sent
            tenth = max(self._archive.size // 10, 1)
            if self._done // tenth > before // tenth:
                percent = 100 * self._done // self._archive.size
                self._reporter.info("upload", f"{self._done / MIB:.0f} of {self._archive.size / MIB:.0f} MiB ({percent} %)")


def _b64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
