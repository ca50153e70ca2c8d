"""Prices of a file, and of a server that answers like the AWS Price List API."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import boto3
import pytest

from slipway.cost.price_list import fetch_prices
from slipway.cost.prices import read_prices
from slipway.errors import InputError, SlipwayError

FILE = """
version: 1
currency: EUR
region: eu-west-1
date: 2026-11-01
source: our contract
prices: { hosting/ml.m5.large: 0.5, nat_gateway: 2 }
"""


def test_a_price_file(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(FILE)
    found = read_prices(tmp_path / "p.yaml", "eu-west-1")
    assert (found.currency, found.source) == ("EUR", "our contract, 2026-11-01")
    assert found.by_meter == {"hosting/ml.m5.large": 0.5, "nat_gateway": 2.0}
    (tmp_path / "p.json").write_text(json.dumps({**_data(), "date": "2026-11-01"}))
    assert read_prices(tmp_path / "p.json", "eu-west-1") == found


def _data() -> dict[str, Any]:
    from ruamel.yaml import YAML

    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(FILE)
    return loaded


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version: 1", "version: 2", "version"),
        ("currency: EUR", "currency: euro", "currency"),
        ("nat_gateway: 2", "nat_gateway: -1", "greater than or equal to 0"),
        ("nat_gateway: 2", "nat: 1", "no meter 'nat'"),
        ("eu-west-1", "us-east-1", "prices of us-east-1"),
        ("prices: {", "prices: [", "no price file"),
        ("source: our contract\n", "", "source"),
    ],
)
def test_what_is_no_price_file(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "p.yaml").write_text(FILE.replace(old, new))
    with pytest.raises(InputError) as raised:
        read_prices(tmp_path / "p.yaml", "eu-west-1")
    assert said in raised.value.message


def product(usage_type: str, *prices: str, **attributes: str) -> str:
    tiers = {
        f"S.T.{number}": {"unit": "Hrs", "beginRange": str(number), "endRange": "Inf", "pricePerUnit": {"USD": price}}
        for number, price in enumerate(prices)
    }
    offer = {"offerTermCode": "JRTCKXETXF", "sku": "S", "priceDimensions": tiers, "termAttributes": {}}
    return json.dumps(
        {"product": {"sku": "S", "attributes": {"usagetype": usage_type, **attributes}}, "terms": {"OnDemand": {"S.T": offer}}}
    )


class PriceList(BaseHTTPRequestHandler):
    """GetProducts in the shape of its documentation, in pages of one product."""

    products: ClassVar[dict[str, list[str]]] = {}
    asked: ClassVar[list[dict[str, Any]]] = []

    def log_message(self, *_: object) -> None: ...

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append({**body, "target": self.headers["X-Amz-Target"]})
        there, start = self.products.get(body["ServiceCode"], []), int(body.get("NextToken", 0))
        answer: dict[str, Any] = {"FormatVersion": "aws_v1", "PriceList": there[start : start + 1]}
        if start + 1 < len(there):
            answer["NextToken"] = str(start + 1)
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@pytest.fixture
def client() -> Iterator[Any]:
    PriceList.asked.clear()
    server = HTTPServer(("127.0.0.1", 0), PriceList)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    keys = {"aws_access_key_id": "111111111111", "aws_secret_access_key": "local"}
    yield boto3.client("pricing", region_name="us-east-1", endpoint_url=f"http://127.0.0.1:{server.server_port}", **keys)
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_price_list_is_asked_for_each_meter(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sagemaker = [
        product("EUW1-Host:ml.m5.xlarge", "0.9"),
        product("EUW1-Host:ml.m5.large", "0.7"),
        product("EUW1-AsyncInf:ml.m5.large", "0.8"),
    ]
    monkeypatch.setattr(PriceList, "products", {"AmazonSageMaker": sagemaker, "AmazonEC2": [product("EU-NatGateway-Hours", "0.0", "0.4")]})
    found = fetch_prices(
        client, "eu-west-1", ["hosting/ml.m5.large", "asynchronous/ml.m5.large", "nat_gateway", "vpc_endpoint", "serverless/provisioned"]
    )
    assert found.by_meter == {"hosting/ml.m5.large": 0.7, "asynchronous/ml.m5.large": 0.8, "nat_gateway": 0.4}
    assert found.unknown == {
        "vpc_endpoint": "no product in eu-west-1",
        "serverless/provisioned": "no usage type is known for it; supply a price",
    }
    assert found.currency == "USD" and "eu-west-1" in found.source
    assert {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-west-1"} in PriceList.asked[0]["Filters"]
    assert PriceList.asked[0]["target"] == "AWSPriceListService.GetProducts"


def test_several_prices_are_no_price(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        PriceList, "products", {"AmazonEC2": [product("EU-NatGateway-Hours", "0.4"), product("EU-NatGateway-Hours", "0.5")]}
    )
    assert fetch_prices(client, "eu-west-1", ["nat_gateway"]).unknown == {"nat_gateway": "2 prices in eu-west-1"}


def test_aws_cannot_be_asked() -> None:
    keys = {"aws_access_key_id": "1", "aws_secret_access_key": "1", "endpoint_url": "http://127.0.0.1:9"}
    from botocore.config import Config

    nobody = boto3.client("pricing", region_name="us-east-1", config=Config(retries={"total_max_attempts": 1}), **keys)
    with pytest.raises(SlipwayError, match="does not answer"):
        fetch_prices(nobody, "eu-west-1", ["nat_gateway"])
