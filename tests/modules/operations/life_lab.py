"""An endpoint with scaling, and what a test asks of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from modules.operations.function.clients import Clients
from modules.operations.function.settings import Hosted, Settings

NAME = "acme-dev-wine"
FIRST, SECOND = f"{NAME}-0123456789", f"{NAME}-abcdef0123"
VARIANT = f"endpoint/{NAME}/variant/main"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
NAMED = {"ServiceNamespace": "sagemaker", "ResourceId": VARIANT, "ScalableDimension": DIMENSION}
ROLE = "arn:aws:iam::111111111111:role/r"


class Lab:
    """`make` gives boto3 clients; `settings` and `clients` are what the function works with."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self.make = make
        self.clients = Clients(make)
        self.sagemaker, self.scaling, self.cloudwatch = (make(name) for name in ("sagemaker", "application-autoscaling", "cloudwatch"))

    def settings(self, **hosted: Any) -> Settings:
        """An environment with that one endpoint."""
        return Settings("dev", "/acme/dev/operations/stopped", {"environment": "dev"}, (Hosted("wine", NAME, **hosted),))

    def config(self, name: str = FIRST) -> None:
        """An endpoint configuration with one variant, `main`."""
        variant = {"VariantName": "main", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])

    def endpoint(self) -> None:
        """The endpoint in service, with a target tracking policy, a step policy and its alarm, and a scheduled action."""
        image = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/i:1"
        self.sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": image})
        self.config()
        deployment = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 60}}}
        tags = [{"Key": "owner", "Value": "ml"}]
        self.sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=FIRST, DeploymentConfig=deployment, Tags=tags)
        self.in_service()
        self.scaling.register_scalable_target(**NAMED, MinCapacity=1, MaxCapacity=4)
        metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
        tracking = {"TargetValue": 70.0, "PredefinedMetricSpecification": metric}
        self.scaling.put_scaling_policy(
            **NAMED, PolicyName="load", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=tracking
        )
        step = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}]}
        policy = self.scaling.put_scaling_policy(
            **NAMED, PolicyName="surge", PolicyType="StepScaling", StepScalingPolicyConfiguration=step
        )["PolicyARN"]
        self.cloudwatch.put_metric_alarm(
            AlarmName="acme-dev-surge",
            Namespace="n",
            MetricName="m",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[policy, "arn:aws:sns:eu-west-1:111111111111:other"],
        )
        self.scaling.put_scheduled_action(
            **NAMED, ScheduledActionName="morning", Schedule="cron(0 7 ? * MON-FRI *)", ScalableTargetAction={"MinCapacity": 2}
        )

    def status(self) -> str | None:
        """The endpoint's status, or None."""
        found = [one for one in self.sagemaker.list_endpoints()["Endpoints"] if one["EndpointName"] == NAME]
        return str(found[0]["EndpointStatus"]) if found else None

    def in_service(self) -> None:
        """Look until it is; without containers looking is what brings it there."""
        while self.sagemaker.describe_endpoint(EndpointName=NAME)["EndpointStatus"] != "InService":
            pass

    def scaled(self) -> dict[str, Any]:
        """What Application Auto Scaling has: bounds, names, and whether the alarm calls the step policy."""
        targets = self.scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=[VARIANT])["ScalableTargets"]
        policies = self.scaling.describe_scaling_policies(ServiceNamespace="sagemaker", ResourceId=VARIANT)["ScalingPolicies"]
        actions = self.scaling.describe_scheduled_actions(ServiceNamespace="sagemaker", ResourceId=VARIANT)["ScheduledActions"]
        step = [one["PolicyARN"] for one in policies if one["PolicyName"] == "surge"]
        (alarm,) = self.cloudwatch.describe_alarms(AlarmNames=["acme-dev-surge"])["MetricAlarms"]
        return {
            "bounds": [(one["MinCapacity"], one["MaxCapacity"]) for one in targets],
            "policies": sorted(one["PolicyName"] for one in policies),
            "actions": [one["ScheduledActionName"] for one in actions],
            "alarm": alarm["AlarmActions"] == [*step, "arn:aws:sns:eu-west-1:111111111111:other"],
        }

    def records(self) -> list[str]:
        """Names of the records there are."""
        return [one["Name"] for one in self.make("ssm").describe_parameters()["Parameters"]]
