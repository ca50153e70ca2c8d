"""Options of SNS topics of alarms, one for each severity."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from modules._shared.alarm import Severity
from modules._shared.naming import Naming
from modules._shared.spec import Spec

SEVERITIES: tuple[Severity, ...] = ("critical", "warning")

Email = Annotated[str, Field(pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$", max_length=254)]
"""One mail address. SNS sends it a link, and nothing else until somebody has clicked on it."""


def topic_name(naming: Naming, severity: Severity) -> str:
    """Name of the topic of one severity."""
    return naming.name("alarms", severity)


class HttpsSubscription(Spec):
    """An HTTPS address that SNS posts each message to, such as an on-call service."""

    endpoint: str = Field(
        pattern=r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[^\s]*)?$", max_length=2048, description="Address SNS posts to; https only."
    )
    endpoint_auto_confirms: bool = Field(
        False, description="Whether the address answers SNS's confirmation request by itself; Terraform then waits until it has."
    )
    raw_message_delivery: bool = Field(False, description="Post the alarm's JSON alone, without SNS's envelope around it.")


class TopicSpec(Spec):
    """Who is told of the alarms of one severity."""

    email: Annotated[tuple[Email, ...], Field(strict=False)] = Field(
        (), description="Mail addresses; each has to confirm once by the link it is sent."
    )
    https: Annotated[tuple[HttpsSubscription, ...], Field(strict=False)] = Field((), description="HTTPS addresses.")

    @model_validator(mode="after")
    def _each_once(self) -> TopicSpec:
        addresses = [*(item.lower() for item in self.email), *(item.endpoint for item in self.https)]
        twice = sorted({item for item in addresses if addresses.count(item) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} is subscribed twice; SNS keeps one subscription for each address")
        return self


class NotificationsSpec(Spec):
    """One topic for each severity, however many alarms there are: an address confirms once and is told once."""

    critical: TopicSpec = Field(TopicSpec(), description="Told when an endpoint is unhealthy or the API fails.")
    warning: TopicSpec = Field(TopicSpec(), description="Told when something needs a look, but nobody's night.")

    def topics(self) -> dict[Severity, TopicSpec]:
        """The options of each topic."""
        return {"critical": self.critical, "warning": self.warning}
