"""Roll-backs in the journal.

A journal holds the calls that changed something. A roll-back is no call: repeated without it, the journal would bring up the release
that was rolled back. So it is written down as what it comes to, an UpdateEndpoint to the configuration that stayed.
"""

from __future__ import annotations

import base64
import json
import secrets

from slipway.localaws.hosting.hosted import Hosted
from slipway.localaws.journal import Entry, Journal
from slipway.localaws.lock import LOCK

_journal: Journal | None = None


def bind(journal: Journal | None) -> None:
    """Write to this journal from now on; None: to none."""
    global _journal
    _journal = journal


def remember_roll_back(hosted: Hosted) -> None:
    """Write down that the endpoint has its old configuration, and keeps its live counts and weights."""
    body = {
        "EndpointName": hosted.place.endpoint,
        "EndpointConfigName": hosted.endpoint.endpoint_config_name,
        "RetainAllVariantProperties": True,
        "RetainDeploymentConfig": True,
    }
    scope = f"{hosted.account}/20200101/{hosted.region}/sagemaker/aws4_request"
    headers: dict[str, object] = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "application/x-amz-json-1.1",
        "HTTP_HOST": f"api.sagemaker.{hosted.region}.amazonaws.com",
        "HTTP_X_AMZ_TARGET": "SageMaker.UpdateEndpoint",
        "HTTP_X_MOTO_ACCOUNT_ID": hosted.account,
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
    }
    entry = Entry("POST", "/", headers, base64.b64encode(json.dumps(body).encode()).decode(), secrets.randbits(64))
    with LOCK:
        if _journal:
            _journal.append(entry)
