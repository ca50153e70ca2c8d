"""What deploying and planning the state and shared stacks calls. Pure: loads no toolkit."""

from __future__ import annotations

from typing import Any

from modules._shared.key_policy import hosts
from modules._shared.naming import Naming
from modules.identity.access import Access, actions, prefix
from modules.identity.statements import bucket_arn

BUCKET_SETTINGS = (
    "BucketLogging",
    "BucketNotification",
    "BucketOwnershipControls",
    "BucketPolicy",
    "BucketPublicAccessBlock",
    "BucketTagging",
    "BucketVersioning",
    "EncryptionConfiguration",
    "LifecycleConfiguration",
)
READ_BUCKET = actions(
    "s3",
    *(f"Get{item}" for item in BUCKET_SETTINGS),
    "GetAccelerateConfiguration",
    "GetBucketAcl",
    "GetBucketCORS",
    "GetBucketLocation",
    "GetBucketObjectLockConfiguration",
    "GetBucketRequestPayment",
    "GetBucketWebsite",
    "GetReplicationConfiguration",
    "ListBucket",
)
"""What planning a bucket reads."""


def buckets(naming: Naming, names: tuple[str, ...], *, artifacts: tuple[str, ...], emptied: tuple[str, ...]) -> list[Access]:
    """The environment's buckets, by name. Captured data is not read; only buckets that may be force-destroyed are emptied."""
    change = (*(f"Put{item}" for item in BUCKET_SETTINGS), "CreateBucket", "DeleteBucket", "DeleteBucketPolicy")
    whole = tuple(bucket_arn(naming, name) for name in names)
    objects = tuple(bucket_arn(naming, name, "/models/*") for name in artifacts)
    everything = tuple(bucket_arn(naming, name, part) for name in emptied for part in ("", "/*"))
    return [
        Access("Buckets", whole, plan=READ_BUCKET, deploy=actions("s3", *change)),
        # Promotion reads them with the read-only role of the environment that they come from.
        Access("Artifacts", objects, plan=actions("s3", "GetObject"), deploy=actions("s3", "AbortMultipartUpload", "PutObject")),
        Access("Empty", everything, deploy=actions("s3", "DeleteObject", "DeleteObjectVersion", "ListBucketVersions")),
    ]


def keys(naming: Naming, *, state_alias: str, artifacts_alias: str) -> list[Access]:
    """KMS keys, recognized by the tags every stack sets. The state's key can be read and used, not changed."""
    tags = {"aws:ResourceTag/project": naming.project, "aws:ResourceTag/environment": naming.environment}
    changeable = {
        **tags,
        "aws:ResourceTag/stack": ["api", "load_test", "network", "operations", "shared", "serving", "training"],
    }
    new = {"aws:RequestTag/project": naming.project, "aws:RequestTag/environment": naming.environment}
    # A key that somebody else's tags protect must not become ours by tagging it.
    untagged = {"aws:ResourceTag/project": "true", "aws:ResourceTag/environment": "true"}
    every_key = (naming.arn("kms", "key/*"),)
    read = actions("kms", "DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags")
    change = (
        "EnableKeyRotation",
        "PutKeyPolicy",
        "RetireGrant",
        "ScheduleKeyDeletion",
        "TagResource",
        "UntagResource",
        "UpdateKeyDescription",
    )
    use = actions("kms", "Decrypt", "GenerateDataKey")
    aliases = actions("kms", "CreateAlias", "DeleteAlias", "UpdateAlias")
    return [
        Access("ReadKeys", every_key, plan=read, condition={"StringEquals": tags}),
        Access("NewKeys", ("*",), deploy=actions("kms", "CreateKey"), condition={"StringEquals": new}),
        Access("TagNewKeys", every_key, deploy=actions("kms", "TagResource"), condition={"StringEquals": new, "Null": untagged}),
        Access("Keys", every_key, deploy=(*actions("kms", *change), *aliases), condition={"StringEquals": changeable}),
        Access("Aliases", (naming.arn("kms", f"alias/{prefix(naming)}*"),), deploy=aliases),
        Access(
            "KeyGrants",
            every_key,
            deploy=actions("kms", "CreateGrant"),
            condition={"Bool": {"kms:GrantIsForAWSResource": "true"}, "StringEquals": changeable},
        ),
        _read_settings(naming, every_key),
        Access("StateKey", every_key, plan=use, condition=_called(state_alias)),
        Access("ArtifactsKey", every_key, plan=use[:1], deploy=use[1:], condition=_called(artifacts_alias)),
    ]


def _read_settings(naming: Naming, every_key: tuple[str, ...]) -> Access:
    """Planning reads variables of functions and inputs of schedules: without their key Lambda leaves the variables out, and a plan
    would change them.
    """
    aliases = [f"alias/{prefix(naming)}{purpose}" for purpose in ("api", "inference", "load_test", "operations", "training")]
    through = {"StringEquals": {"kms:ViaService": hosts(naming, "lambda", "scheduler")}}
    condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": aliases}, **through}
    return Access("ReadSettings", every_key, plan=actions("kms", "Decrypt"), condition=condition)


def use_stack_key(naming: Naming, stack: str, sid: str) -> Access:
    """Using the key that a stack has for itself, called like the stack: Lambda encrypts with the caller's permissions, and so does SNS."""
    use = actions("kms", "Decrypt", "Encrypt", "GenerateDataKey")
    return Access(sid, (naming.arn("kms", "key/*"),), deploy=use, condition=_called(f"alias/{prefix(naming)}{stack}"))


def _called(alias: str) -> dict[str, Any]:
    return {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}}


def compilations(naming: Naming) -> list[Access]:
    """Jobs of SageMaker Neo that a release makes, with the role of the model."""
    jobs = (naming.arn("sagemaker", f"compilation-job/{prefix(naming)}*"),)
    change = actions("sagemaker", "AddTags", "CreateCompilationJob", "DescribeCompilationJob", "StopCompilationJob")
    return [Access("Compilations", jobs, deploy=change)]


def prebuilt_images(arns: tuple[str, ...]) -> list[Access]:
    """Repositories of AWS's own registry: a release looks up which digest a tag has now."""
    return [Access("PrebuiltImages", arns, deploy=actions("ecr", "BatchGetImage"))] if arns else []


def repositories(naming: Naming, names: tuple[str, ...]) -> list[Access]:
    """Image repositories, by name: images are pushed and pulled, never deleted one by one."""
    arns = tuple(naming.arn("ecr", f"repository/{name}") for name in names)
    read = (
        "BatchCheckLayerAvailability",
        "BatchGetImage",
        "DescribeImages",
        "DescribeRepositories",
        "GetDownloadUrlForLayer",
        "GetLifecyclePolicy",
        "GetRepositoryPolicy",
        "ListTagsForResource",
    )
    change = (
        "CompleteLayerUpload",
        "CreateRepository",
        "DeleteLifecyclePolicy",
        "DeleteRepository",
        "DeleteRepositoryPolicy",
        "InitiateLayerUpload",
        "PutImage",
        "PutImageScanningConfiguration",
        "PutImageTagMutability",
        "PutLifecyclePolicy",
        "SetRepositoryPolicy",
        "TagResource",
        "UntagResource",
        "UploadLayerPart",
    )
    return [
        Access("Repositories", arns, plan=actions("ecr", *read), deploy=actions("ecr", *change)),
        Access("RegistryToken", ("*",), plan=actions("ecr", "GetAuthorizationToken")),
    ]


def state(naming: Naming, bucket: str, table: str | None) -> list[Access]:
    """The environment's states and locks. Changing the bucket, the table or their key takes an administrator."""
    states = bucket_arn(naming, bucket, f"/{naming.environment}-*.tfstate")
    found = [
        Access("StateBucket", (bucket_arn(naming, bucket),), plan=(*READ_BUCKET, "s3:ListBucketVersions")),
        Access("States", (states,), plan=actions("s3", "GetObject", "GetObjectVersion"), deploy=actions("s3", "PutObject")),
        Access("Ledger", (bucket_arn(naming, bucket, "/.slipway/*"),), plan=actions("s3", "GetObject"), deploy=actions("s3", "PutObject")),
        Access("DeployLock", (bucket_arn(naming, bucket, "/.slipway/deploy.lock"),), deploy=actions("s3", "DeleteObject")),
        Access("LockFiles", (f"{states}.tflock",), plan=actions("s3", "DeleteObject", "GetObject", "PutObject")),
    ]
    if table is None:
        return found
    arn = (naming.arn("dynamodb", f"table/{table}"),)
    describe = ("DescribeContinuousBackups", "DescribeTable", "DescribeTimeToLive", "GetItem", "ListTagsOfResource")
    lock = actions("dynamodb", "DeleteItem", "PutItem")
    # The digest of a state is the item `<bucket>/<key>-md5`: planning may take locks but not change digests.
    only_locks = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{bucket}/{naming.environment}-*.tfstate"]}}
    return [
        *found,
        Access("LockTable", arn, plan=actions("dynamodb", *describe), deploy=lock),
        Access("Locks", arn, plan=lock, condition=only_locks),
    ]
