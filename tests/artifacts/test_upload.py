"""Uploads to the local AWS: once, verified, resumable, and never over anything."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from slipway.artifacts import objects
from slipway.artifacts.account import Account
from slipway.artifacts.checksums import MAX_PARTS, part_count, part_size
from slipway.artifacts.limits import GIB, MIB
from slipway.artifacts.pack import Archive, pack
from slipway.artifacts.prefix import require_prefix, upload_folder
from slipway.artifacts.upload import artifact_key, upload
from slipway.errors import InputError, SlipwayError
from tests.artifacts.release_support import Recorder

PART = 5 * MIB


@pytest.fixture
def dev(account: Callable[[str], Account]) -> Account:
    return account("dev")


@pytest.fixture
def small(model: Path, tmp_path: Path) -> Archive:
    return pack(model, tmp_path / "small.tar.gz")


@pytest.fixture
def large(model: Path, tmp_path: Path) -> Archive:
    """Three parts and a bit."""
    (model / "big.bin").write_bytes(os.urandom(3 * PART + 1000))
    return pack(model, tmp_path / "large.tar.gz")


def calls(account: Account, operation: str) -> list[str]:
    """Collects the operation's calls from now on."""
    seen: list[str] = []
    account.client("s3").meta.events.register(f"before-call.s3.{operation}", lambda **_: seen.append(operation))
    return seen


def before(account: Account, operation: str, act: Callable[[], object]) -> None:
    """Runs `act` right before each call of the operation leaves."""

    def handle(**_: Any) -> None:
        act()

    account.client("s3").meta.events.register_first(f"before-call.s3.{operation}", handle)


@pytest.mark.parametrize("which", ["small", "large"])
def test_the_object_is_the_archive_encrypted_and_addressed_by_content(dev: Account, which: str, request: pytest.FixtureRequest) -> None:
    archive: Archive = request.getfixturevalue(which)
    reporter = Recorder()
    done = upload(dev, "wine", archive, part_bytes=PART, reporter=reporter)
    assert not done.existed
    assert done.pin.key == f"models/wine/{archive.sha256}/model.tar.gz"
    s3 = dev.client("s3")
    found = s3.get_object(Bucket=dev.models_bucket, Key=done.pin.key)
    assert found["Body"].read() == archive.path.read_bytes()
    assert found["ServerSideEncryption"] == "aws:kms"
    assert found["SSEKMSKeyId"] == "arn:aws:kms:eu-west-1:111111111111:alias/slipway-dev-artifacts"
    assert reporter.lines[-1].endswith("verified")
    if which == "large":
        assert any("(100 %)" in line for line in reporter.lines)


@pytest.mark.parametrize("which", ["small", "large"])
def test_again_sends_nothing(dev: Account, which: str, request: pytest.FixtureRequest) -> None:
    archive: Archive = request.getfixturevalue(which)
    upload(dev, "wine", archive, part_bytes=PART)
    puts, creates = calls(dev, "PutObject"), calls(dev, "CreateMultipartUpload")
    assert upload(dev, "wine", archive, part_bytes=PART).existed
    assert upload(dev, "wine", archive).existed, "another part size is no other object"
    assert not puts and not creates


@pytest.mark.parametrize("which", ["small", "large"])
def test_other_bytes_at_the_key_are_never_overwritten(dev: Account, which: str, request: pytest.FixtureRequest) -> None:
    archive: Archive = request.getfixturevalue(which)
    key = artifact_key("wine", archive.sha256)
    planted = bytes(archive.size)
    for body in (b"planted", planted):
        dev.client("s3").put_object(Bucket=dev.models_bucket, Key=key, Body=body)
        with pytest.raises(SlipwayError, match="holds other bytes") as refused:
            upload(dev, "wine", archive, part_bytes=PART)
        assert refused.value.exit_code == 1
        assert dev.client("s3").get_object(Bucket=dev.models_bucket, Key=key)["Body"].read() == body


@pytest.mark.parametrize("which", ["small", "large"])
def test_losing_a_race_to_other_bytes_is_refused_by_s3_itself(dev: Account, which: str, request: pytest.FixtureRequest) -> None:
    """Somebody writes between our look and our write: If-None-Match makes S3 refuse, atomically."""
    archive: Archive = request.getfixturevalue(which)
    key = artifact_key("wine", archive.sha256)
    other = _second_client(dev)
    last = "PutObject" if which == "small" else "CompleteMultipartUpload"
    before(dev, last, lambda: other.put_object(Bucket=dev.models_bucket, Key=key, Body=b"faster"))
    with pytest.raises(SlipwayError, match="holds other bytes"):
        upload(dev, "wine", archive, part_bytes=PART)
    assert other.get_object(Bucket=dev.models_bucket, Key=key)["Body"].read() == b"faster"
    assert not other.list_multipart_uploads(Bucket=dev.models_bucket).get("Uploads")


@pytest.mark.parametrize("which", ["small", "large"])
def test_losing_a_race_to_the_same_bytes_is_success(dev: Account, which: str, request: pytest.FixtureRequest) -> None:
    archive: Archive = request.getfixturevalue(which)
    key = artifact_key("wine", archive.sha256)
    other, body = _second_client(dev), archive.path.read_bytes()
    last = "PutObject" if which == "small" else "CompleteMultipartUpload"
    before(dev, last, lambda: other.put_object(Bucket=dev.models_bucket, Key=key, Body=body))
    reporter = Recorder()
    upload(dev, "wine", archive, part_bytes=PART, reporter=reporter)
    assert any("another upload of the same key finished first" in line for line in reporter.lines)


def test_four_uploads_of_one_archive_at_a_time_give_one_object(dev: Account, large: Archive, root: Path, url: str) -> None:
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(upload(Account(dev.config, local_url=url), "wine", large, part_bytes=PART).pin)
        except SlipwayError as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(str, results))) == 1, results
    assert objects.read_sha256(dev.client("s3"), dev.models_bucket, results[0].key) == large.sha256


@pytest.mark.parametrize(("which", "operation"), [("small", "PutObject"), ("large", "UploadPart")])
def test_bytes_changed_on_the_way_are_noticed(dev: Account, which: str, operation: str, request: pytest.FixtureRequest) -> None:
    """AWS refuses such bytes at once (BadDigest); the local AWS takes them, so this shows that our own look finds the damage."""
    archive: Archive = request.getfixturevalue(which)

    def damage(params: dict[str, Any], **_: Any) -> None:
        body = params["body"]
        data = bytearray(body if isinstance(body, bytes | bytearray) else body.read())
        data[len(data) // 2] ^= 1
        params["body"] = bytes(data)
        params["headers"].pop("Content-MD5", None)

    dev.client("s3").meta.events.register_last(f"before-call.s3.{operation}", damage)
    with pytest.raises(SlipwayError, match=r"holds other bytes|BadDigest"):
        upload(dev, "wine", archive, part_bytes=PART)


def test_a_stored_checksum_that_differs_is_refused_without_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "read_sha256", lambda *_: pytest.fail("read back"))
    stored = objects.Stored(size=100 * MIB, checksum="AAAA", in_parts=True, part_bytes=PART)
    with pytest.raises(SlipwayError, match="checksum AAAA, expected BBBB"):
        objects.verify(None, "b", "k", stored, sha256="00" * 32, size=100 * MIB, composite="BBBB")
    objects.verify(None, "b", "k", stored, sha256="00" * 32, size=100 * MIB, composite="AAAA")


def test_a_large_object_without_a_stored_checksum_is_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "read_sha256", lambda *_: "11" * 32)
    stored = objects.Stored(size=100 * MIB, checksum="", in_parts=False, part_bytes=0)
    with pytest.raises(SlipwayError, match="sha256 1111"):
        objects.verify(None, "b", "k", stored, sha256="00" * 32, size=100 * MIB)


def test_an_interrupted_upload_goes_on_where_it_stopped(dev: Account, large: Archive) -> None:
    def fail(params: dict[str, Any], **_: Any) -> None:
        if "partNumber=3" in params["url_path"] or params["query_string"].get("partNumber") == 3:
            raise EndpointConnectionError(endpoint_url="cable pulled")

    events = dev.client("s3").meta.events
    events.register("before-call.s3.UploadPart", fail)
    with pytest.raises(SlipwayError, match="interrupted"):
        upload(dev, "wine", large, part_bytes=PART)
    events.unregister("before-call.s3.UploadPart", fail)
    assert len(dev.client("s3").list_multipart_uploads(Bucket=dev.models_bucket)["Uploads"]) == 1
    creates = calls(dev, "CreateMultipartUpload")
    upload(dev, "wine", large, part_bytes=PART)
    assert not creates
    assert objects.read_sha256(dev.client("s3"), dev.models_bucket, artifact_key("wine", large.sha256)) == large.sha256
    assert not dev.client("s3").list_multipart_uploads(Bucket=dev.models_bucket).get("Uploads")


def test_parts_that_arrived_are_not_sent_again(dev: Account, large: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store lists parts with their checksums, as AWS does; only the third and fourth are missing."""
    from slipway.artifacts import upload as module
    from slipway.artifacts.checksums import part_sha256

    job = module._Job(dev, artifact_key("wine", large.sha256), large, PART, Recorder())
    upload_id = job._create()
    sent = {number: job._send(upload_id, number, {}) for number in (1, 2)}
    listed = {number: {**sent[number], "Size": len(part_sha256(large.path, PART, number)[0])} for number in sent}
    monkeypatch.setattr(job, "_resumable", lambda: (upload_id, listed))
    parts = calls(dev, "UploadPart")
    job.run()
    assert len(parts) == 2


def test_missing_bucket_wrong_account_and_nobody_there(url: str, root: Path, small: Archive) -> None:
    from slipway.config.load import load_environment

    dev = Account(load_environment("dev", root), local_url=url)
    with pytest.raises(SlipwayError, match="NoSuchBucket") as missing:
        upload(dev, "wine", small)
    assert "slipway deploy dev" in missing.value.fix
    import boto3

    dev.__dict__["_session"] = boto3.Session("222222222222", "x", region_name="eu-west-1")
    dev.__dict__["_clients"] = {}
    with pytest.raises(InputError, match="111111111111, but these credentials are for 222222222222"):
        dev.require()
    with pytest.raises(SlipwayError, match="cannot sign in"):
        Account(load_environment("dev", root), local_url="http://127.0.0.1:9").require()


def test_part_sizes_stay_within_what_s3_allows() -> None:
    for size in (1, 16 * MIB, 16 * MIB + 1, 100 * GIB, 5 * 1024 * GIB):
        part = part_size(size)
        assert 5 * MIB <= part <= 5 * GIB
        assert part_count(size, part) <= MAX_PARTS
    assert part_size(1) == 16 * MIB


def test_a_folder_goes_up_file_by_file_with_its_list_last(dev: Account, model: Path) -> None:
    done = upload_folder(dev, "large", model)
    names = [item["Key"] for item in dev.client("s3").list_objects_v2(Bucket=dev.models_bucket)["Contents"]]
    assert sorted(names) == sorted([f"{done.pin.key}code/inference.py", f"{done.pin.key}weights.bin", done.pin.key[:-1] + ".sums"])
    assert upload_folder(dev, "large", model).existed
    require_prefix(dev, done.pin)
    dev.client("s3").put_object(Bucket=dev.models_bucket, Key=f"{done.pin.key}weights.bin", Body=b"other")
    with pytest.raises(SlipwayError, match="holds other bytes"):
        require_prefix(dev, done.pin)
    dev.client("s3").delete_object(Bucket=dev.models_bucket, Key=f"{done.pin.key}weights.bin")
    with pytest.raises(SlipwayError, match=r"weights\.bin is missing"):
        require_prefix(dev, done.pin)


def _second_client(account: Account) -> Any:
    return Account(account.config, local_url=account._local_url).client("s3")
