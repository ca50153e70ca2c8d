"""Violations of the policies for models outside SageMaker endpoints, planted into the clean API's function."""

from __future__ import annotations

from tests.policies.planted import Case, drop, put
from tests.policies.planted_api import FUNCTION, with_api
from tests.policies.platform import Documents

_IMAGE = "333333333333.dkr.ecr.eu-west-1.amazonaws.com/slipway-prod-inference"


def _of_an_image(uri: str) -> Case:
    """The function as one of a container image."""

    def package(documents: Documents) -> None:
        for option in ("runtime", "handler", "filename"):
            drop(FUNCTION, option)(documents)
        put(FUNCTION, "package_type", "Image")(documents)
        put(FUNCTION, "image_uri", uri)(documents)

    return Case(f"image {uri.rpartition('/')[2]}", with_api(package), FUNCTION, frozenset())


PLANTED: dict[str, tuple[Case, ...]] = {
    "CKV_SLIPWAY_88": (_of_an_image(f"{_IMAGE}:latest"), _of_an_image(_IMAGE), _of_an_image("${var.image}")),
}
