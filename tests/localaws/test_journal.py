"""What a server with a persist folder holds is there again after a restart, with the same identifiers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# The server of the other tests runs in this process, so each run here is a process of its own.
SCRIPT = """
import json, sys, boto3
from slipway.localaws.server import start
sys.path.insert(0, "tests/localaws")
from tests.localaws.strict import StrictClients
with start(persist=sys.argv[1]) as server:
    client = StrictClients(server.url)
    {body}
"""
FILL = """
    s3, sagemaker, kms, ecr = client("s3"), client("sagemaker"), client("kms"), client("ecr", "222222222222")
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="bucket", Key="a b/ü", Body=b"one")["VersionId"]
    upload = s3.create_multipart_upload(Bucket="bucket", Key="big")["UploadId"]
    part = s3.upload_part(Bucket="bucket", Key="big", UploadId=upload, PartNumber=1, Body=b"x" * 100)
    s3.complete_multipart_upload(Bucket="bucket", Key="big", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    secret = kms.encrypt(KeyId=key, Plaintext=b"words")["CiphertextBlob"].hex()
    sagemaker.create_model(ModelName="m", ExecutionRoleArn="arn:aws:iam::111111111111:role/r", PrimaryContainer={"Image": "i"})
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    for _ in range(2):
        while sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"] != "InService":
            pass
        sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="c")
    ecr.create_repository(repositoryName="rr")
    try:
        ecr.create_repository(repositoryName="rr")
    except Exception:
        pass
    print(json.dumps({"version": version, "key": key, "secret": secret}))
"""
READ = """
    s3, sagemaker, kms, ecr = client("s3"), client("sagemaker"), client("kms"), client("ecr", "222222222222")
    got, big = s3.get_object(Bucket="bucket", Key="a b/ü"), s3.get_object(Bucket="bucket", Key="big")
    for _ in range(3):
        endpoint = sagemaker.describe_endpoint(EndpointName="e")
    key = kms.list_keys()["Keys"][0]["KeyId"]
    plain = kms.decrypt(CiphertextBlob=bytes.fromhex(sys.argv[2]), KeyId=key)["Plaintext"].decode()
    print(json.dumps({
        "version": got["VersionId"], "body": got["Body"].read().decode(), "big": len(big["Body"].read()), "key": key, "plain": plain,
        "status": endpoint["EndpointStatus"], "count": endpoint["ProductionVariants"][0]["CurrentInstanceCount"],
        "repositories": len(ecr.describe_repositories()["repositories"]),
    }))
"""


def run(body: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = SCRIPT.replace("{body}", body.strip())
    command = [sys.executable, "-c", script, str(folder), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_bucket_and_an_endpoint_survive_a_restart(tmp_path: Path) -> None:
    filled = run(FILL, tmp_path)
    assert filled.returncode == 0, filled.stderr
    before = json.loads(filled.stdout)
    for _ in range(2):
        read = run(READ, tmp_path, before["secret"])
        assert read.returncode == 0, read.stderr
        assert json.loads(read.stdout) == {
            "version": before["version"],
            "body": "one",
            "big": 100,
            "key": before["key"],
            "plain": "words",
            "status": "InService",
            "count": 1,
            "repositories": 1,
        }


def test_a_line_cut_off_by_a_crash_is_dropped(tmp_path: Path) -> None:
    before = json.loads(run(FILL, tmp_path).stdout)
    with (tmp_path / "calls.jsonl").open("a") as file:
        file.write('{"method": "PU')
    assert run(READ, tmp_path, before["secret"]).returncode == 0


@pytest.mark.parametrize("line", ["not json\n", '{"method": "PUT"}\n'])
def test_a_broken_journal_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "calls.jsonl").write_text(line)
    failed = run("pass", tmp_path)
    assert failed.returncode == 1 and "calls.jsonl:1 is not a call" in failed.stderr


def test_a_reset_forgets(tmp_path: Path) -> None:
    reset = 'import urllib.request\n    urllib.request.urlopen(urllib.request.Request(server.url + "/_slipway/reset", method="POST"))'
    assert run(FILL + "    " + reset, tmp_path).returncode == 0
    assert (tmp_path / "calls.jsonl").read_text() == ""
