"""What the pipeline's role may do: exactly what its steps call, on this pipeline's data. Pure: loads no toolkit.

Jobs of a pipeline are named `pipelines-<execution id>-<step>-...` by SageMaker; nothing narrower can be named before they run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modules._shared.key_policy import hosts
from modules._shared.naming import Naming
from modules._shared.statements import Statement, allow
from modules.training.fields import DataSource
from modules.training.spec import PipelineSpec, package_group_name, role_name
from modules.training.steps import ProcessingSpec

_JOBS = "pipelines-*"
_TUNING = "hyper-parameter-tuning-job/*"
"""A tuning job's name has 32 characters at most: too few for what the other jobs' names begin with."""


def trust(naming: Naming) -> list[Statement]:
    """SageMaker takes the role for this account's pipelines and jobs and for nobody else's."""
    return [
        {
            "Sid": "SageMaker",
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": naming.account_id}},
        }
    ]


def pipeline_statements(
    naming: Naming,
    key: str,
    spec: PipelineSpec,
    *,
    bucket: str,
    kms_key_arn: str,
    repositories: Sequence[str],
    subnet_ids: Sequence[str] = (),
    security_group_ids: Sequence[str] = (),
) -> list[Statement]:
    """The role that the pipeline and its jobs run with. `repositories`: names of the ECR repositories of its images."""
    role = naming.arn("iam", f"role/{role_name(naming, key)}", region=False)
    return [
        *_jobs(naming, spec),
        _packages(naming, spec.model_key(key)),
        allow("PassItself", ["iam:PassRole"], [role], {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}),
        *_data(naming, key, spec, bucket),
        *_key(naming, kms_key_arn),
        allow("Token", ["ecr:GetAuthorizationToken"], ["*"]),
        allow(
            "Pull",
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [naming.arn("ecr", f"repository/{name}") for name in sorted(set(repositories))],
        ),
        *_logs(naming),
        *_experiment(naming),
        *_network(naming, subnet_ids, security_group_ids),
    ]


def _jobs(naming: Naming, spec: PipelineSpec) -> list[Statement]:
    kinds = ["ProcessingJob", "TrainingJob"]
    kinds += ["HyperParameterTuningJob"] if spec.tuning else []
    kinds += ["TransformJob"] if spec.batch_scoring else []
    names = {"HyperParameterTuningJob": _TUNING}
    arns = [naming.arn("sagemaker", names.get(kind, f"{kind.replace('Job', '-job').lower()}/{_JOBS}")) for kind in kinds]
    actions = [f"sagemaker:{verb}{kind}" for kind in kinds for verb in ("Create", "Describe", "Stop")]
    found = [allow("RunJobs", [*actions, "sagemaker:AddTags"], arns)]
    if spec.tuning:
        jobs = [naming.arn("sagemaker", _TUNING), naming.arn("sagemaker", "training-job/*")]
        found.append(allow("FindBest", ["sagemaker:DescribeTrainingJob", "sagemaker:ListTrainingJobsForHyperParameterTuningJob"], jobs))
    if spec.batch_scoring:
        model = ["sagemaker:AddTags", "sagemaker:CreateModel", "sagemaker:DescribeModel"]
        found.append(allow("MakeModel", model, [naming.arn("sagemaker", f"model/{_JOBS}")]))
    return found


def _packages(naming: Naming, model: str) -> Statement:
    """A version's ARN ends in its number."""
    group = package_group_name(naming, model).lower()
    arns = [naming.arn("sagemaker", f"model-package-group/{group}"), naming.arn("sagemaker", f"model-package/{group}/*")]
    actions = ["sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup"]
    return allow("Register", actions, arns)


def _data(naming: Naming, key: str, spec: PipelineSpec, bucket: str) -> list[Statement]:
    """Data anywhere in the training bucket and where literal addresses point; only its own runs are written."""
    arn = naming.arn("s3", bucket, region=False, account=False)
    others = sorted({address.removeprefix("s3://") for address in _addresses(spec) if address.startswith("s3://")})
    elsewhere = [naming.arn("s3", f"{address.rstrip('*')}*", region=False, account=False) for address in others]
    buckets = [naming.arn("s3", address.partition("/")[0], region=False, account=False) for address in others]
    return [
        allow("Read", ["s3:GetObject"], [f"{arn}/*", *elsewhere]),
        allow("List", ["s3:GetBucketLocation", "s3:ListBucket"], sorted({arn, *buckets})),
        allow("Write", ["s3:AbortMultipartUpload", "s3:PutObject"], [f"{arn}/runs/{key}/*"]),
    ]


def _addresses(spec: PipelineSpec) -> list[str]:
    """Literal S3 addresses of the options and the defaults of parameters."""
    steps: list[ProcessingSpec] = [step for step in (spec.processing, spec.evaluation) if step]
    sources: list[DataSource] = [source for step in steps for source in step.inputs.values()]
    sources += spec.training.channels.values()
    found: list[Any] = [source.s3_uri for source in sources]
    found += [spec.batch_scoring.s3_uri] if spec.batch_scoring else []
    found += [item.default for item in spec.parameters.values()]
    return [item for item in found if isinstance(item, str)]


def _key(naming: Naming, kms_key_arn: str) -> list[Statement]:
    """The training key, for objects and for the volumes of jobs. A bucket elsewhere needs its own key's policy to say so."""
    used = {"StringEquals": {"kms:ViaService": hosts(naming, "s3", "sagemaker")}}
    granted = {"Bool": {"kms:GrantIsForAWSResource": "true"}, "StringEquals": {"kms:ViaService": hosts(naming, "sagemaker")}}
    return [
        allow("UseKey", ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"], [kms_key_arn], used),
        allow("EncryptVolumes", ["kms:CreateGrant"], [kms_key_arn], granted),
    ]


def _logs(naming: Naming) -> list[Statement]:
    """Jobs log to groups that are common to the account; SageMaker makes them with the role."""
    groups = [naming.arn("logs", f"log-group:/aws/sagemaker/{kind}") for kind in ("ProcessingJobs", "TrainingJobs", "TransformJobs")]
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    namespaces = [f"/aws/sagemaker/{kind}" for kind in ("ProcessingJobs", "TrainingJobs", "TransformJobs")]
    return [
        allow("WriteLogs", actions, [arn for group in groups for arn in (group, f"{group}:*")]),
        allow("PutMetrics", ["cloudwatch:PutMetricData"], ["*"], {"StringEquals": {"cloudwatch:namespace": namespaces}}),
    ]


def _experiment(naming: Naming) -> list[Statement]:
    """Executions are trials of an experiment, their jobs its components."""
    kinds = {"experiment": "Experiment", "experiment-trial": "Trial", "experiment-trial-component": "TrialComponent"}
    actions = [f"sagemaker:{verb}{kind}" for kind in kinds.values() for verb in ("Create", "Describe", "Update")]
    arns = [naming.arn("sagemaker", f"{kind}/*") for kind in kinds]
    return [allow("Experiment", [*actions, "sagemaker:AddTags", "sagemaker:AssociateTrialComponent"], arns)]


def _network(naming: Naming, subnet_ids: Sequence[str], security_group_ids: Sequence[str]) -> list[Statement]:
    """Interfaces of jobs that join the network."""
    if not subnet_ids:
        return []
    make = [f"ec2:{verb}NetworkInterface{what}" for verb in ("Create", "Delete") for what in ("", "Permission")]
    arns = [naming.arn("ec2", "network-interface/*")]
    arns += [naming.arn("ec2", f"subnet/{item}") for item in subnet_ids]
    arns += [naming.arn("ec2", f"security-group/{item}") for item in security_group_ids]
    seen = [f"ec2:Describe{kind}" for kind in ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "VpcEndpoints", "Vpcs")]
    return [allow("AttachNetworkInterfaces", make, arns), allow("DescribeNetwork", seen, ["*"])]
