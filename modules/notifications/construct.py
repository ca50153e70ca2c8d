"""One encrypted SNS topic for each severity, with its subscriptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.alarm import Severity
from modules._shared.key_policy import document
from modules._shared.naming import Naming, content_hash
from modules._shared.outputs import output
from modules._shared.provider import aws
from modules.notifications.policy import topic_statements
from modules.notifications.spec import SEVERITIES, NotificationsSpec, TopicSpec, topic_name


@dataclass(frozen=True)
class NotificationsRefs:
    """`kms_key_arn`: a customer key that CloudWatch may use. With `alias/aws/sns` every alarm's message would be lost."""

    kms_key_arn: str


@dataclass(frozen=True)
class NotificationsOutputs:
    """The topics, known once CloudWatch may publish to them."""

    critical_arn: str = output("ARN of the topic of critical alarms.")
    warning_arn: str = output("ARN of the topic of warnings.")


class Notifications(Construct):
    """The topics `project-environment-alarms-critical` and `...-warning`."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: NotificationsSpec, refs: NotificationsRefs) -> None:
        super().__init__(scope, id)
        self._naming = naming
        self._key = refs.kms_key_arn
        arns = {severity: self._create_topic(severity) for severity in SEVERITIES}
        for severity, topic in spec.topics().items():
            self._subscribe(severity, topic, arns[severity])
        self.outputs = NotificationsOutputs(critical_arn=arns["critical"], warning_arn=arns["warning"])

    def _create_topic(self, severity: Severity) -> str:
        topic = aws.sns_topic.SnsTopic(
            self,
            severity,
            name=topic_name(self._naming, severity),
            display_name=f"{severity} {self._naming.name()}"[:100],
            kms_master_key_id=self._key,
        )
        policy = document(topic_statements(self._naming, severity))
        attached = aws.sns_topic_policy.SnsTopicPolicy(self, f"{severity}_policy", arn=topic.arn, policy=policy)
        # Read back from the policy, so that whoever uses the ARN waits until CloudWatch may publish.
        return str(attached.arn)

    def _subscribe(self, severity: Severity, spec: TopicSpec, arn: str) -> None:
        for address in spec.email:
            self._subscription(severity, arn, "email", address)
        for item in spec.https:
            self._subscription(
                severity,
                arn,
                "https",
                item.endpoint,
                endpoint_auto_confirms=item.endpoint_auto_confirms,
                raw_message_delivery=item.raw_message_delivery,
            )

    def _subscription(self, severity: Severity, arn: str, protocol: str, endpoint: str, **more: Any) -> Any:
        """Its id comes from the address, so that taking one out of the list leaves the others confirmed."""
        return aws.sns_topic_subscription.SnsTopicSubscription(
            self, f"{severity}_{protocol}_{content_hash(endpoint)}", topic_arn=arn, protocol=protocol, endpoint=endpoint, **more
        )
