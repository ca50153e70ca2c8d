"""Generates `modules/_shared/instance_types.json`: `python -m slipway.config.instance_table [--check]`.

Sources, both pinned in Pipfile.lock: botocore's SageMaker model says which types exist for hosting, moto's copy of EC2's
DescribeInstanceTypes what each is made of. `instance_addendum.json` covers the few types that copy no longer has.
"""

from __future__ import annotations

import gzip
import importlib.metadata
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

from slipway.errors import SlipwayError

TARGET = Path(__file__).parents[2] / "modules" / "_shared" / "instance_types.json"
_ADDENDUM = Path(__file__).with_name("instance_addendum.json")
_SERVICE_MODEL = "data/sagemaker/2017-07-24/service-2.json"
_EC2_TYPES = "ec2/resources/instance_types.json"


def render() -> str:
    """The table's text: one line per type, sorted, with its provenance first."""
    addendum = json.loads(_ADDENDUM.read_text(encoding="utf-8"))
    hosting = _package_json("botocore", _SERVICE_MODEL)["shapes"]["ProductionVariantInstanceType"]["enum"]
    ec2 = _package_json("moto", _EC2_TYPES)
    rows = {name: _row(name, ec2, addendum["types"]) for name in hosting}
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(rows[name])}" for name in sorted(rows))
    return '{\n  "source": ' + json.dumps(_provenance(addendum["source"])) + ',\n  "types": {\n' + lines + "\n  }\n}\n"


def _provenance(addendum: str) -> dict[str, str]:
    return {
        "names": f"botocore {importlib.metadata.version('botocore')}, SageMaker 2017-07-24, ProductionVariantInstanceType",
        "figures": f"moto {importlib.metadata.version('moto')}, {_EC2_TYPES} (EC2 DescribeInstanceTypes)",
        "addendum": addendum,
        "generator": "python -m slipway.config.instance_table",
    }


def _package_json(package: str, resource: str) -> Any:
    """A JSON data file of an installed package (plain or gzipped), read without importing the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SlipwayError(f"{package} is not installed", fix="install the development environment")
    path = Path(spec.origin).parent / resource
    if path.is_file():
        return json.loads(path.read_bytes())
    return json.loads(gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes()))


def _row(name: str, ec2: dict[str, Any], addendum: dict[str, Any]) -> dict[str, Any]:
    facts = ec2.get(name.removeprefix("ml."))
    if facts is None:
        if name not in addendum:
            raise SlipwayError(f"no source knows instance type {name}", fix=f"add it to {_ADDENDUM.name}, with AWS's figures")
        return dict(addendum[name])
    return {
        "vcpus": facts["VCpuInfo"]["DefaultVCpus"],
        "memory_mib": facts["MemoryInfo"]["SizeInMiB"],
        "gpus": sum(gpu["Count"] for gpu in facts.get("GpuInfo", {}).get("Gpus", [])),
        "local_nvme": bool(facts["InstanceStorageSupported"]),
        "burstable": bool(facts["BurstablePerformanceSupported"]),
    }


def main(arguments: list[str]) -> int:
    """Write the table, or with `--check` only compare: 1 when it differs."""
    text = render()
    if "--check" in arguments:
        return int(not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != text)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
