"""Prices from the AWS Price List API (pricing:GetProducts): on-demand, of the environment's region.

Meters become filters over the attributes of AWS's offer files. A meter that matches no product, or several with different prices, has no
price: that is said, and nothing is guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from slipway.cost.prices import Prices
from slipway.errors import SlipwayError

REGION = "us-east-1"
"""Where the Price List API is (user guide, "Price List Query API endpoints")."""


@dataclass(frozen=True)
class Query:
    """Products of a meter: AWS's service code, attributes that must be equal, and a pattern for the usage type.

    `factor`: units of the meter in AWS's unit.
    """

    service: str
    attributes: tuple[tuple[str, str], ...]
    usage_type: str
    factor: float = 1.0


def query(meter: str) -> Query | None:
    """How a meter is asked for; None when the Price List has nothing like it."""
    kind, _, rest = meter.partition("/")
    if kind in _COMPONENTS:
        component = _COMPONENTS[kind]
        return Query("AmazonSageMaker", (("productFamily", "ML Instance"),), rf"(^|-){component}:{re.escape(rest)}$")
    return _FIXED.get(meter)


_COMPONENTS = {"hosting": "Host", "asynchronous": "AsyncInf", "transform": "Tsform"}
_FIXED = {
    "serverless/memory": Query("AmazonSageMaker", (("productFamily", "ML Serverless"),), r"(^|-)ServerlessInf:Mem-1GB$"),
    "lambda/x86_64": Query("AWSLambda", (("group", "AWS-Lambda-Duration"),), r"(^|-)Lambda-GB-Second$"),
    "lambda/arm64": Query("AWSLambda", (("group", "AWS-Lambda-Duration-ARM"),), r"(^|-)Lambda-GB-Second-ARM$"),
    "lambda/requests": Query("AWSLambda", (("group", "AWS-Lambda-Requests"),), r"(^|-)Request$"),
    "fargate/x86_64/vcpu": Query("AmazonECS", (("productFamily", "Compute"),), r"(^|-)Fargate-vCPU-Hours:perCPU$"),
    "fargate/x86_64/memory": Query("AmazonECS", (("productFamily", "Compute"),), r"(^|-)Fargate-GB-Hours$"),
    "fargate/arm64/vcpu": Query("AmazonECS", (("productFamily", "Compute"),), r"(^|-)Fargate-ARM-vCPU-Hours:perCPU$"),
    "fargate/arm64/memory": Query("AmazonECS", (("productFamily", "Compute"),), r"(^|-)Fargate-ARM-GB-Hours$"),
    "load_balancer/application": Query("AWSELB", (("productFamily", "Load Balancer-Application"),), r"(^|-)LoadBalancerUsage$"),
    "nat_gateway": Query("AmazonEC2", (("productFamily", "NAT Gateway"),), r"(^|-)NatGateway-Hours$"),
    "vpc_endpoint": Query("AmazonVPC", (("productFamily", "VpcEndpoint"),), r"(^|-)VpcEndpoint-Hours$"),
    "vpn_connection": Query("AmazonVPC", (("productFamily", "Cloud Connectivity"),), r"(^|-)VPN-Usage-Hours:ipsec\.1$"),
    "kms_key": Query("awskms", (("productFamily", "Encryption Key"),), r"(^|-)KMS-Keys$"),
}


def fetch_prices(client: Any, region: str, meters: Iterable[str]) -> Prices:
    """Prices of these meters. `client`: boto3's `pricing`, in REGION. SlipwayError when AWS cannot be asked."""
    from botocore.exceptions import BotoCoreError, ClientError

    found: dict[str, float] = {}
    unknown: dict[str, str] = {}
    currency = "CNY" if region.startswith("cn-") else "USD"
    for meter in sorted(set(meters)):
        asked = query(meter)
        if asked is None:
            unknown[meter] = "no usage type is known for it; supply a price"
            continue
        try:
            prices = {price for product in _products(client, region, asked) for price in _on_demand(product, currency)}
        except (BotoCoreError, ClientError) as error:
            raise SlipwayError(
                f"the Price List API does not answer: {error}", fix="allow pricing:GetProducts, or supply --prices FILE"
            ) from None
        if len(prices) == 1:
            found[meter] = prices.pop() * asked.factor
        else:
            unknown[meter] = f"{len(prices)} prices in {region}" if prices else f"no product in {region}"
    return Prices(currency, f"AWS Price List API, {region}, on demand", found, unknown)


def _products(client: Any, region: str, asked: Query) -> Iterator[dict[str, Any]]:
    filters = [{"Type": "TERM_MATCH", "Field": key, "Value": value} for key, value in (*asked.attributes, ("regionCode", region))]
    pattern = re.compile(asked.usage_type)
    for page in client.get_paginator("get_products").paginate(ServiceCode=asked.service, Filters=filters):
        for text in page["PriceList"]:
            product = json.loads(text)
            if pattern.search(product["product"]["attributes"].get("usagetype", "")):
                yield product


def _on_demand(product: dict[str, Any], currency: str) -> Iterator[float]:
    """The price of the first unit in each on-demand offer; free tiers begin at a price of 0 and are passed over."""
    for offer in product["terms"].get("OnDemand", {}).values():
        tiers = sorted(offer["priceDimensions"].values(), key=lambda tier: float(tier.get("beginRange") or 0))
        prices = [float(tier["pricePerUnit"][currency]) for tier in tiers if currency in tier["pricePerUnit"]]
        paid = [price for price in prices if price > 0]
        if paid:
            yield paid[0]
