"""The function's code with stubbed AWS clients."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber

from modules.api.function import handler, invoke, routes
from tests.modules.api.events import ROUTES, Stubs


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> routes.Settings:
    found = routes.parse(ROUTES)
    monkeypatch.setattr(handler, "settings", lambda: found)
    monkeypatch.setattr(invoke, "_PAUSE", (0.0, 0.0))
    return found


@functools.cache
def client(service: str) -> Any:
    session = botocore.session.Session()
    return session.create_client(service, region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")


@pytest.fixture
def stubs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubs]:
    """Stubbed clients of the SageMaker runtime and of S3."""
    made = {service: Stubber(client(service)) for service in ("sagemaker-runtime", "s3")}
    monkeypatch.setattr(invoke, "client", lambda service, _: client(service))
    for stub in made.values():
        stub.activate()
    yield made
    for stub in made.values():
        stub.assert_no_pending_responses()
        stub.deactivate()
