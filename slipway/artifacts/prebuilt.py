"""Images that AWS keeps: their tag becomes a digest when a model is released, looked up in AWS's own registry of the region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from modules._shared.prebuilt import Located, PrebuiltImage, locate
from slipway.artifacts.account import Account, error_code
from slipway.config.release import ImagePin
from slipway.errors import InputError, SlipwayError
from slipway.progress import Reporter

if TYPE_CHECKING:
    from slipway.artifacts.targets import Target


def pin_prebuilt(account: Account, image: PrebuiltImage, key: str, named: str | None, reporter: Reporter) -> ImagePin:
    """The image as AWS's registry has it now, by digest. InputError for `--image`, SlipwayError when the registry does not give it."""
    if named is not None:
        raise InputError(
            f"{key} runs an image that AWS keeps: --image has no place there", fix="change version or python in the environment"
        )
    place = locate(image, "inference", account.config.region)
    digest = _digest(account, place, place.tag)
    reporter.info("image", f"{place.registry}/{place.repository}:{place.tag} is {digest}")
    return ImagePin(repository=f"{place.registry}/{place.repository}", digest=digest)


def same_prebuilt(account: Account, image: PrebuiltImage, pin: ImagePin) -> ImagePin:
    """The pin of another environment in this one's region: the same digest, which must be there. SlipwayError when it is not."""
    place = locate(image, "inference", account.config.region)
    if pin.repository.rpartition("/")[2] != place.repository:
        raise InputError(
            f"{place.repository} is not what was released ({pin.repository})", fix="align `image` in the two environment files"
        )
    return ImagePin(repository=f"{place.registry}/{place.repository}", digest=_digest(account, place, pin.digest))


def require_own(target: Target) -> None:
    """InputError for a container whose image is not made here."""
    if target.container.prebuilt is not None:
        raise InputError(f"{target.key} runs an image that AWS keeps", fix=f"release it: slipway release ENV {target.model}")


def _digest(account: Account, place: Located, reference: str) -> str:
    """The digest of a tag, or of a digest that is there."""
    by = {"imageDigest": reference} if reference.startswith("sha256:") else {"imageTag": reference}
    name = f"{place.registry}/{place.repository}:{reference}"
    try:
        answer = account.client("ecr").batch_get_image(registryId=place.account_id, repositoryName=place.repository, imageIds=[by])
    except ClientError as error:
        fix = "allow ecr:BatchGetImage on it: these are the rights that the deploy role has"
        raise SlipwayError(f"cannot look up {name}: {error_code(error)}", fix=fix) from None
    except BotoCoreError as error:
        raise SlipwayError(f"cannot look up {name}: {error}", fix="try again") from None
    if not answer["images"]:
        raise SlipwayError(f"AWS does not keep {name} any more", fix="choose another version of the framework")
    return str(answer["images"][0]["imageId"]["imageDigest"])
