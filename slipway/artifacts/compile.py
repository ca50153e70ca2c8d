"""`optimize: neo`: the released archive compiled by SageMaker Neo, and the result under its own content's name.

One compilation for one archive and one set of options: its output lies below `models/<model>/neo/<hash of both>/`, and what lies
there already is taken, so that a release repeated changes nothing.
"""

from __future__ import annotations

import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from modules._shared.naming import content_hash
from modules.identity.role_access import execution_role_name
from modules.model.optimize import NeoSpec, request
from slipway.artifacts.account import Account, error_code, explain
from slipway.artifacts.inspect import file_sha256
from slipway.artifacts.pack import Archive
from slipway.artifacts.upload import upload
from slipway.config.release import ArtifactPin
from slipway.errors import SlipwayError
from slipway.progress import Reporter

POLL_SECONDS = 10.0
_DONE = ("COMPLETED", "FAILED", "STOPPED")


def compiled(account: Account, model: str, key: str, spec: NeoSpec, source: ArtifactPin, reporter: Reporter) -> ArtifactPin:
    """The pin of the compiled archive of `source`. `key`: its place in the lock. SlipwayError when Neo does not compile it."""
    folder = f"models/{key}/neo/{content_hash({'sha256': source.sha256, **spec.model_dump()})}/"
    try:
        made = _there(account, folder) or _compile(account, model, spec, source, folder, reporter)
        with tempfile.TemporaryDirectory(prefix="slipway-neo-") as scratch:
            path = Path(scratch) / "model.tar.gz"
            account.client("s3").download_file(account.models_bucket, made, str(path))
            return upload(account, key, Archive(path, file_sha256(path), path.stat().st_size), reporter=reporter).pin
    except ClientError as error:
        if error_code(error) == "NotImplementedLocally":
            raise SlipwayError(
                "the local AWS has no compiler: `optimize` needs AWS", fix="leave `optimize` out in this environment"
            ) from None
        raise explain(error, f"cannot compile {key}", account) from None
    except BotoCoreError as error:
        raise SlipwayError(f"compiling {key} was interrupted: {error}", fix="run the same command again") from None


def _there(account: Account, folder: str) -> str:
    """The key of an archive that an earlier compilation left; empty when there is none."""
    listed = account.client("s3").list_objects_v2(Bucket=account.models_bucket, Prefix=folder)
    return next((item["Key"] for item in listed.get("Contents", []) if item["Key"].endswith(".tar.gz")), "")


def _compile(account: Account, model: str, spec: NeoSpec, source: ArtifactPin, folder: str, reporter: Reporter) -> str:
    client, bucket = account.client("sagemaker"), account.models_bucket
    name = f"{account.naming.name(model, max_length=63 - 37)}-{uuid.uuid4()}"
    members: Any = request(spec, f"s3://{bucket}/{source.key}", f"s3://{bucket}/{folder}", account.artifacts_key)
    client.create_compilation_job(CompilationJobName=name, RoleArn=_role(account, model), Tags=_tags(account), **members)
    reporter.step("neo", f"{name} compiles {source.key} for {spec.target_device}")
    try:
        job = _wait(client, name, reporter)
    except KeyboardInterrupt:
        client.stop_compilation_job(CompilationJobName=name)
        raise
    if job["CompilationJobStatus"] != "COMPLETED":
        raise SlipwayError(
            f"compilation {name} {job['CompilationJobStatus']}: {job.get('FailureReason', 'no reason given')}", fix="see its log"
        )
    return str(job["ModelArtifacts"]["S3ModelArtifacts"]).removeprefix(f"s3://{bucket}/")


def _wait(client: Any, name: str, reporter: Reporter) -> dict[str, Any]:
    while True:
        job: dict[str, Any] = client.describe_compilation_job(CompilationJobName=name)
        if job["CompilationJobStatus"] in _DONE:
            return job
        reporter.waiting("neo", f"{name}: {job['CompilationJobStatus']}")
        time.sleep(POLL_SECONDS)


def _role(account: Account, model: str) -> str:
    """The model's own role, which the shared stack has made or was told."""
    brought = account.config.models[model].execution_role.role_arn
    path = account.config.models[model].execution_role.path
    return brought or account.naming.arn("iam", f"role{path}{execution_role_name(account.naming, model)}", region=False)


def _tags(account: Account) -> list[dict[str, str]]:
    tags = {**account.naming.tags, "project": account.naming.project, "environment": account.naming.environment}
    return [{"Key": key, "Value": value} for key, value in tags.items()]
