"""What a build finds in its environment: CodeBuild's own variables, the project's, the buildspec's, and the way to the local AWS."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from slipway.localaws import inside
from slipway.localaws.codebuild.build import PLAINTEXT, Build
from slipway.localaws.codebuild.buildspec import Buildspec
from slipway.localaws.functions import settings
from slipway.terraform.local_target import SECRET, VARIABLE
from slipway.terraform.mirror import cli_config

USE_LOCAL = "SLIPWAY_USE_LOCAL"
"""Set in builds: commands of Slipway take `--local` as given, so that a buildspec is the same here and on AWS."""
_PASSED = (
    *("SLIPWAY_LOCAL_SPEED", "SLIPWAY_TERRAFORM", "SLIPWAY_TERRAFORM_RELEASES", "SLIPWAY_PROVIDER_MIRROR", "NGINX"),
    *("TF_PLUGIN_CACHE_DIR", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "PIP_CONFIG_FILE", "PIP_INDEX_URL"),
)
_PROXIES = ("http_proxy", "https_proxy")


class NotResolved(Exception):
    """A variable's parameter cannot be read: DOWNLOAD_SOURCE fails."""


def resolved(build: Build, spec: Buildspec) -> dict[str, str]:
    """The user's variables: of the buildspec, then of the project and of this start, which win. Raises NotResolved."""
    found = dict(spec.variables)
    for name, parameter in spec.parameters.items():
        found[name] = _parameter(build, parameter)
    for item in build.project["environment"].get("environmentVariables") or []:
        kind = item.get("type", PLAINTEXT)
        if kind == "SECRETS_MANAGER":
            raise NotResolved(f"{item['name']}: Secrets Manager is not among the services of the local AWS")
        found[item["name"]] = item["value"] if kind == PLAINTEXT else _parameter(build, item["value"])
    return found


def environment(build: Build, user: Mapping[str, str], sources: Mapping[str, Path], home: Path) -> dict[str, str]:
    """All variables of the build's shell. `sources`: the primary source's folder under "", further ones by their names."""
    machine = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
    local = {
        "AWS_ACCESS_KEY_ID": build.account,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL": settings.url(),
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
        VARIABLE: settings.url(),
        USE_LOCAL: "1",
    }
    return {**machine, **_tools(), **local, **user, **_own(build, sources)}


def _tools() -> dict[str, str]:
    """Where this machine's tools and its way to the network are: a build has a home of its own, and would not find them."""
    passed = {name: value for name, value in os.environ.items() if name in _PASSED or name.lower() in _PROXIES}
    if (config := cli_config(os.environ, Path.home())) is not None:
        passed.setdefault("TF_CLI_CONFIG_FILE", str(config))
    return passed


def _own(build: Build, sources: Mapping[str, Path]) -> dict[str, str]:
    """CodeBuild user guide, "Environment variables in build environments"."""
    members = build.members
    own = {
        "AWS_REGION": build.region,
        "AWS_DEFAULT_REGION": build.region,
        "CODEBUILD_CI": "true",
        "CODEBUILD_BUILD_ARN": members["arn"],
        "CODEBUILD_BUILD_ID": members["id"],
        "CODEBUILD_BUILD_IMAGE": members["environment"].get("image", ""),
        "CODEBUILD_BUILD_NUMBER": str(members["buildNumber"]),
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_INITIATOR": members["initiator"],
        "CODEBUILD_KMS_KEY_ID": members["encryptionKey"],
        "CODEBUILD_LOG_PATH": members["logs"]["streamName"],
        "CODEBUILD_RESOLVED_SOURCE_VERSION": members.get("resolvedSourceVersion", ""),
        "CODEBUILD_SOURCE_REPO_URL": members["source"].get("location", ""),
        "CODEBUILD_SOURCE_VERSION": members.get("sourceVersion", ""),
        "CODEBUILD_SRC_DIR": str(sources[""]),
        "CODEBUILD_START_TIME": str(int(time.time() * 1000)),
    }
    return own | {f"CODEBUILD_SRC_DIR_{name}": str(folder) for name, folder in sources.items() if name}


def _parameter(build: Build, name: str) -> str:
    from botocore.exceptions import ClientError

    try:
        answer: dict[str, Any] = inside.client(build.account, build.region, "ssm").get_parameter(Name=name, WithDecryption=True)
    except ClientError as error:
        raise NotResolved(f"parameter {name}: {error}") from error
    return str(answer["Parameter"]["Value"])
