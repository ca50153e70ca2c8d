"""Who may call a method: signed requests, Cognito tokens, or anybody."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from moto.cognitoidp.models import cognitoidp_backends

from slipway.localaws.apigateway import signature
from slipway.localaws.apigateway.exchange import Exchange
from slipway.localaws.apigateway.faults import GatewayFault
from slipway.localaws.apigateway.snapshot import Method, Snapshot
from slipway.localaws.lock import LOCK


def authorize(exchange: Exchange, method: Method, snapshot: Snapshot, account: str, region: str, source_arn: str) -> None:
    """Let the request through, or raise GatewayFault. IAM policies are not evaluated: any caller of the API's own account may."""
    if method.authorization == "AWS_IAM":
        _signed(exchange, account, region, source_arn)
    elif method.authorization == "COGNITO_USER_POOLS":
        _with_token(exchange, method, snapshot.authorizers.get(method.authorizer))
    elif method.authorization != "NONE":
        raise GatewayFault("AUTHORIZER_CONFIGURATION_ERROR", log=f"The local AWS has no authorization of type {method.authorization}")


def _signed(exchange: Exchange, account: str, region: str, source_arn: str) -> None:
    caller = signature.authenticated(exchange, region)
    exchange.context |= {
        "identity.accountId": caller.account,
        "identity.accessKey": caller.access_key,
        "identity.caller": caller.access_key,
        "identity.user": caller.access_key,
        "identity.userArn": caller.arn,
    }
    if caller.account != account:
        text = f"User: {caller.arn} is not authorized to perform: execute-api:Invoke on resource: {source_arn}"
        raise GatewayFault("ACCESS_DENIED", text)


def _with_token(exchange: Exchange, method: Method, authorizer: Mapping[str, Any] | None) -> None:
    if authorizer is None:
        raise GatewayFault("AUTHORIZER_CONFIGURATION_ERROR", log="The method's authorizer does not exist")
    source = str(authorizer.get("identitySource") or "method.request.header.Authorization")
    token = (exchange.header(source.rpartition(".")[2]) or "").strip()
    claims = _claims(token.removeprefix("Bearer ").strip(), authorizer.get("providerARNs") or [])
    if claims is None or not _fits(claims, method):
        raise GatewayFault("UNAUTHORIZED")
    exchange.authorizer = {name: value if isinstance(value, str) else str(value) for name, value in claims.items()}
    exchange.context |= {f"authorizer.claims.{name}": value for name, value in exchange.authorizer.items()}


def _claims(token: str, pools: list[str]) -> dict[str, Any] | None:
    """What a token says, if one of the user pools signed it and it has not expired."""
    from joserfc import jwt
    from joserfc.errors import JoseError

    for arn in pools:
        parts = arn.split(":")
        with LOCK:
            backend = cognitoidp_backends[parts[4]][parts[3]] if parts[4] in cognitoidp_backends else None
            pool = backend.user_pools.get(parts[5].partition("/")[2]) if backend else None
        if pool is None:
            continue
        try:
            claims: dict[str, Any] = jwt.decode(token, pool.json_web_key, algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            continue
        issuer = f"https://cognito-idp.{parts[3]}.amazonaws.com/{pool.id}"
        if claims.get("iss") == issuer and float(claims.get("exp", 0)) > time.time():
            return claims
    return None


def _fits(claims: Mapping[str, Any], method: Method) -> bool:
    """Without scopes an identity token is wanted; with scopes an access token that has one of them."""
    if not method.scopes:
        return claims.get("token_use") == "id"
    return claims.get("token_use") == "access" and bool(set(str(claims.get("scope", "")).split()) & set(method.scopes))
