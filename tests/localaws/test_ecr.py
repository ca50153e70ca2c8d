"""An image is pushed and pulled through ECR's API alone, over the same port."""

from __future__ import annotations

import hashlib
import json
import urllib.request
from datetime import datetime, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
OCI = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def push_layer(ecr: Any, data: bytes, part: int = 1000) -> dict[str, Any]:
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest(data), "size": len(data)}
    if ecr.batch_check_layer_availability(repositoryName="inference", layerDigests=[digest(data)])["layers"]:
        return layer
    upload = ecr.initiate_layer_upload(repositoryName="inference")["uploadId"]
    for first in range(0, len(data), part):
        chunk = data[first : first + part]
        last = first + len(chunk) - 1
        where = {"repositoryName": "inference", "uploadId": upload, "partFirstByte": first, "partLastByte": last}
        assert ecr.upload_layer_part(**where, layerPartBlob=chunk)["lastByteReceived"] == last
    ecr.complete_layer_upload(repositoryName="inference", uploadId=upload, layerDigests=[digest(data)])
    return layer


def push_image(ecr: Any, tag: str | None = "1", media_type: str = OCI, layer: bytes = b"layer" * 500) -> str:
    config = push_layer(ecr, json.dumps({"architecture": "amd64", "os": "linux"}).encode())
    manifest = {"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": [push_layer(ecr, layer)]}
    text = json.dumps(manifest)
    arguments = {"imageTag": tag} if tag else {}
    image = ecr.put_image(repositoryName="inference", imageManifest=text, imageManifestMediaType=media_type, **arguments)["image"]
    assert image["imageId"]["imageDigest"] == digest(text.encode())
    return text


@pytest.fixture
def ecr(client: Any) -> Any:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="inference", imageTagMutability="IMMUTABLE")
    return ecr


@pytest.mark.parametrize("media_type", [OCI, DOCKER])
def test_push_and_pull(ecr: Any, media_type: str) -> None:
    text = push_image(ecr, media_type=media_type)
    for wanted in ({"imageTag": "1"}, {"imageDigest": digest(text.encode())}):
        got = ecr.batch_get_image(repositoryName="inference", imageIds=[wanted])["images"][0]
        assert got["imageManifest"] == text and got["imageManifestMediaType"] == media_type
    layer = json.loads(text)["layers"][0]
    url = ecr.get_download_url_for_layer(repositoryName="inference", layerDigest=layer["digest"])["downloadUrl"]
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url) as answer:
        assert answer.read() == b"layer" * 500
    details = ecr.describe_images(repositoryName="inference")["imageDetails"][0]
    assert details["imageDigest"] == digest(text.encode()) and details["imageTags"] == ["1"]
    assert details["imageSizeInBytes"] == sum(part["size"] for part in (layer, json.loads(text)["config"]))
    assert details["imageManifestMediaType"] == media_type


def test_layer_availability(ecr: Any) -> None:
    known = push_layer(ecr, b"x" * 10)["digest"]
    absent = digest(b"absent")
    found = ecr.batch_check_layer_availability(repositoryName="inference", layerDigests=[known, absent])
    assert [(layer["layerDigest"], layer["layerAvailability"], layer["layerSize"]) for layer in found["layers"]] == [
        (known, "AVAILABLE", 10)
    ]
    assert [failure["layerDigest"] for failure in found["failures"]] == [absent]
    with pytest.raises(ClientError, match="LayersNotFoundException"):
        ecr.get_download_url_for_layer(repositoryName="inference", layerDigest=absent)


def test_a_wrong_digest_is_refused(ecr: Any) -> None:
    upload = ecr.initiate_layer_upload(repositoryName="inference")["uploadId"]
    with pytest.raises(ClientError, match="EmptyUploadException"):
        ecr.complete_layer_upload(repositoryName="inference", uploadId=upload, layerDigests=[digest(b"")])
    ecr.upload_layer_part(repositoryName="inference", uploadId=upload, partFirstByte=0, partLastByte=2, layerPartBlob=b"abc")
    with pytest.raises(ClientError, match="InvalidLayerException"):
        ecr.complete_layer_upload(repositoryName="inference", uploadId=upload, layerDigests=[digest(b"abd")])
    ecr.complete_layer_upload(repositoryName="inference", uploadId=upload, layerDigests=[digest(b"abc")])
    again = ecr.initiate_layer_upload(repositoryName="inference")["uploadId"]
    ecr.upload_layer_part(repositoryName="inference", uploadId=again, partFirstByte=0, partLastByte=2, layerPartBlob=b"abc")
    with pytest.raises(ClientError, match="LayerAlreadyExistsException"):
        ecr.complete_layer_upload(repositoryName="inference", uploadId=again, layerDigests=[digest(b"abc")])
    with pytest.raises(ClientError, match="UploadNotFoundException"):
        ecr.complete_layer_upload(repositoryName="inference", uploadId=upload, layerDigests=[digest(b"abc")])


def test_a_tag_is_immutable(ecr: Any) -> None:
    push_image(ecr)
    with pytest.raises(ClientError, match="ImageAlreadyExistsException"):
        push_image(ecr)
    with pytest.raises(ClientError, match="ImageTagAlreadyExistsException"):
        push_image(ecr, layer=b"other")


def test_an_image_without_a_tag(ecr: Any) -> None:
    push_image(ecr, tag=None)
    with pytest.raises(ClientError, match="ImageAlreadyExistsException"):
        push_image(ecr, tag=None)
    assert "imageTags" not in ecr.describe_images(repositoryName="inference")["imageDetails"][0]


def test_a_manifest_needs_its_parts(ecr: Any) -> None:
    absent = {"mediaType": "x", "digest": digest(b"absent"), "size": 6}
    manifest = {"schemaVersion": 2, "mediaType": OCI, "config": absent, "layers": []}
    with pytest.raises(ClientError, match="LayersNotFoundException"):
        ecr.put_image(repositoryName="inference", imageManifest=json.dumps(manifest), imageTag="1")
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [absent]}
    with pytest.raises(ClientError, match="ReferencedImagesNotFoundException"):
        ecr.put_image(repositoryName="inference", imageManifest=json.dumps(index), imageTag="1")
    with pytest.raises(ClientError, match="InvalidParameterException"):
        ecr.put_image(repositoryName="inference", imageManifest="{", imageTag="1")
    with pytest.raises(ClientError, match="ImageDigestDoesNotMatchException"):
        ecr.put_image(repositoryName="inference", imageManifest=json.dumps(manifest), imageDigest=digest(b"other"))
    with pytest.raises(ClientError, match="RepositoryNotFoundException"):
        ecr.put_image(repositoryName="absent", imageManifest=json.dumps(manifest), imageTag="1")


def test_an_index_of_pushed_images(ecr: Any) -> None:
    text = push_image(ecr)
    child = {"mediaType": OCI, "digest": digest(text.encode()), "size": len(text)}
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [child]})
    ecr.put_image(repositoryName="inference", imageManifest=index, imageManifestMediaType=INDEX, imageTag="all")
    got = ecr.batch_get_image(repositoryName="inference", imageIds=[{"imageTag": "all"}])["images"][0]
    assert got["imageManifestMediaType"] == INDEX and got["imageId"]["imageDigest"] == digest(index.encode())


def test_a_missing_image_is_named(ecr: Any) -> None:
    push_image(ecr)
    absent = [{"imageDigest": digest(b"a")}, {"imageTag": "absent"}]
    got = ecr.batch_get_image(repositoryName="inference", imageIds=[*absent, {"imageTag": "1"}])
    assert len(got["images"]) == 1 and [failure["imageId"] for failure in got["failures"]] == absent


def test_the_login_token_is_valid(ecr: Any) -> None:
    token = ecr.get_authorization_token()["authorizationData"][0]
    assert token["expiresAt"] > datetime.now(timezone.utc)
