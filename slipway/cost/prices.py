"""Prices as the user supplies them: a YAML or JSON file with a price for each meter (docs/guides/costs.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from slipway.errors import InputError

METERS = (
    *("hosting/<instance type>", "asynchronous/<instance type>", "transform/<instance type>"),
    *("serverless/memory", "serverless/provisioned"),
    *("lambda/x86_64", "lambda/arm64", "lambda/requests"),
    *("fargate/x86_64/vcpu", "fargate/x86_64/memory", "fargate/arm64/vcpu", "fargate/arm64/memory"),
    *("load_balancer/application", "nat_gateway", "vpc_endpoint", "vpn_connection", "kms_key"),
)
"""Every meter that a price file may name. A key's price is a month's; the others are of one unit."""


class PriceFile(BaseModel):
    """A price file. Nothing in it has a default: a price that is not there stays unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = Field(description="Format of the file.")
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code of all prices, such as USD.")
    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$", description="AWS region that the prices are of.")
    date: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="Day on which they were taken.")
    source: str = Field(min_length=1, max_length=300, description="Where they come from, such as your contract.")
    prices: dict[str, Annotated[float, Field(ge=0)]] = Field(description="Price of one unit, by meter.")


@dataclass(frozen=True)
class Prices:
    """Prices by meter. `source` says where they come from; `unknown`: meters that were looked for and not found, and why."""

    currency: str
    source: str
    by_meter: dict[str, float]
    unknown: dict[str, str] = field(default_factory=dict)


NO_PRICES = Prices("", "", {})


def read_prices(path: Path, region: str) -> Prices:
    """The prices of a file, for an environment in `region`. InputError for what the schema forbids, and for another region's prices."""
    from ruamel.yaml import YAML, YAMLError

    try:
        text = path.read_text(encoding="utf-8")
        data: Any = json.loads(text) if path.suffix == ".json" else YAML(typ="safe", pure=True).load(text)
        found = PriceFile.model_validate(data if not isinstance(data, dict) else {**data, "date": str(data.get("date"))})
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", fix="name a price file; docs/guides/costs.md shows one") from None
    except (YAMLError, ValueError) as error:
        said = "; ".join(_said(item) for item in error.errors()) if isinstance(error, ValidationError) else str(error).splitlines()[0]
        raise InputError(f"{path} is no price file: {said}", fix="docs/guides/costs.md shows its schema") from None
    if found.region != region:
        raise InputError(f"{path} has prices of {found.region}, the environment is in {region}", fix=f"supply prices of {region}")
    if unknown := sorted(meter for meter in found.prices if not _is_meter(meter)):
        raise InputError(f"{path}: no meter {unknown[0]!r}", fix=f"meters: {', '.join(METERS)}")
    return Prices(found.currency, f"{found.source}, {found.date}", dict(found.prices))


def _is_meter(name: str) -> bool:
    kind, _, rest = name.partition("/")
    return name in METERS or (kind in ("hosting", "asynchronous", "transform") and rest.startswith("ml."))


def _said(item: Any) -> str:
    return f"{'.'.join(map(str, item['loc'])) or 'file'}: {item['msg']}"
