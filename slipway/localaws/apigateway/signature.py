"""Signature Version 4 of requests to an API: present, for this service and region, in time, and right where the secret is known."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.iam.models import iam_backends

from slipway.localaws.apigateway.exchange import Exchange
from slipway.localaws.apigateway.faults import GatewayFault
from slipway.localaws.lock import LOCK
from slipway.localaws.runtime.request import ACCOUNT
from slipway.terraform.local_target import SECRET

SKEW = timedelta(minutes=5)
"""How far a signature's time may be from now."""
_PART = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]+)")
_ACCOUNT = re.compile(r"\d{12}")
_WRONG = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True)
class Caller:
    """Who signed: account, access key, and the ARN of the user."""

    account: str
    access_key: str
    arn: str


def authenticated(exchange: Exchange, region: str) -> Caller:
    """Who signed the request. Raises GatewayFault.

    An access key id of 12 digits is the account, with the local AWS's one secret; keys of IAM and STS have their own. Of any other key
    (account 123456789012) the secret is unknown: it has to be signed, but nobody can say with what.
    """
    given = exchange.header("authorization")
    if not given:
        raise GatewayFault("MISSING_AUTHENTICATION_TOKEN")
    parts = dict(_PART.findall(given))
    missing = [name for name in ("Credential", "Signature", "SignedHeaders") if name not in parts]
    if not given.startswith("AWS4-HMAC-SHA256") or missing:
        told = " ".join(f"Authorization header requires '{name}' parameter." for name in missing)
        raise GatewayFault(
            "INVALID_SIGNATURE", f"{told or 'Authorization header requires AWS4-HMAC-SHA256.'}", error="IncompleteSignatureException"
        )
    scope = parts["Credential"].split("/")
    if len(scope) != 5:
        raise GatewayFault(
            "INVALID_SIGNATURE", "Credential must have exactly 5 slash-delimited elements.", error="IncompleteSignatureException"
        )
    key, day, where, service, _ = scope
    if service != "execute-api":
        raise GatewayFault("INVALID_SIGNATURE", "Credential should be scoped to correct service: 'execute-api'.")
    if where != region:
        raise GatewayFault("INVALID_SIGNATURE", f"Credential should be scoped to a valid region, not '{where}'.")
    moment = _in_time(exchange, day)
    account, secret, arn = _owner(key)
    if secret is not None and not hmac.compare_digest(
        _expected(exchange, parts["SignedHeaders"], region, key, secret, moment), parts["Signature"]
    ):
        raise GatewayFault("INVALID_SIGNATURE", _WRONG)
    return Caller(account, key, arn)


def _in_time(exchange: Exchange, day: str) -> str:
    """The time of the signature, as it was signed."""
    given = exchange.header("x-amz-date") or ""
    try:
        moment = datetime.strptime(given, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        text = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        raise GatewayFault("INVALID_SIGNATURE", text, error="IncompleteSignatureException") from None
    now = datetime.now(timezone.utc)
    if abs(now - moment) > SKEW:
        edge = (now - SKEW if moment < now else now + SKEW).strftime("%Y%m%dT%H%M%SZ")
        word, side = ("expired", "earlier") if moment < now else ("not yet current", "later")
        raise GatewayFault("INVALID_SIGNATURE", f"Signature {word}: {given} is now {side} than {edge} ({now:%Y%m%dT%H%M%SZ} - 5 min.)")
    if not given.startswith(day):
        raise GatewayFault("INVALID_SIGNATURE", f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date: {given}")
    return given


def _owner(key: str) -> tuple[str, str | None, str]:
    """Account, secret (None: unknown) and ARN behind an access key."""
    if _ACCOUNT.fullmatch(key):
        return key, SECRET, f"arn:aws:iam::{key}:root"
    with LOCK:
        for account, partitions in list(iam_backends.items()):
            for backend in list(partitions.values()):
                if found := backend.access_keys.get(key):
                    return account, str(found.secret_access_key), _arn(account, found)
    return ACCOUNT, None, f"arn:aws:iam::{ACCOUNT}:root"


def _arn(account: str, key: object) -> str:
    if role := getattr(key, "role_arn", None):
        return f"arn:aws:sts::{account}:assumed-role/{str(role).rpartition('/')[2]}/session"
    name = getattr(key, "user_name", None)
    return f"arn:aws:iam::{account}:user/{name}" if name else f"arn:aws:iam::{account}:root"


def _expected(exchange: Exchange, signed: str, region: str, key: str, secret: str, moment: str) -> str:
    headers = {name: ",".join(value for given, value in exchange.headers if given.lower() == name) for name in signed.split(";")}
    if "x-amz-content-sha256" in headers and headers["x-amz-content-sha256"] != hashlib.sha256(exchange.body).hexdigest():
        raise GatewayFault("INVALID_SIGNATURE", _WRONG)
    signer = SigV4Auth(Credentials(key, secret), "execute-api", region)
    query = f"?{exchange.raw_query}" if exchange.raw_query else ""
    url = f"http://{exchange.header('host')}{exchange.raw_path}{query}"
    request = AWSRequest(exchange.method, url, headers=headers, data=exchange.body)
    request.context["timestamp"] = moment
    request.context["payload_signing_enabled"] = True
    text = signer.string_to_sign(request, signer.canonical_request(request))
    return str(signer.signature(text, request))
