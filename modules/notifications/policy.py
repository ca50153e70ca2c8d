"""Who may do what with a topic of alarms. Pure: loads no toolkit."""

from __future__ import annotations

from modules._shared.alarm import Severity
from modules._shared.key_policy import Statement
from modules._shared.naming import Naming
from modules._shared.topic_policy import tls_only
from modules.notifications.spec import topic_name


def topic_statements(naming: Naming, severity: Severity) -> list[Statement]:
    """CloudWatch alarms of this account may publish; nobody may do anything without TLS."""
    arn = naming.arn("sns", topic_name(naming, severity))
    return [
        {
            "Sid": "AlarmsPublish",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": arn,
            "Condition": {
                "ArnLike": {"aws:SourceArn": naming.arn("cloudwatch", "alarm:*")},
                "StringEquals": {"aws:SourceAccount": naming.account_id},
            },
        },
        tls_only(arn),
    ]
