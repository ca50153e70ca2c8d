"""A clean network stack that the model of the clean platform joins, and what is planted into it."""

from __future__ import annotations

from typing import Any

from tests.policies.planted import MODEL, Case, Change, add, both, drop, put
from tests.policies.platform import ACCOUNT, Body, Documents, policy, stack

STACK = "prod-network"
ENDPOINT = "aws_vpc_endpoint.s3"
EGRESS, INGRESS = "aws_vpc_security_group_egress_rule.out", "aws_vpc_security_group_ingress_rule.in"
_VPC = "${aws_vpc.vpc.id}"
_REMOTE = "${data.terraform_remote_state.network.outputs."
_READ = {
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": ["s3:GetObject"],
    "Resource": "*",
    "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
}
_WRITE_LOGS = {
    "Effect": "Allow",
    "Action": "logs:PutLogEvents",
    "Resource": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws/vpc/slipway-prod-flow-logs",
}
_TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
}


def _subnet(zone: str, block: str) -> Body:
    return {"vpc_id": _VPC, "cidr_block": block, "availability_zone": zone, "map_public_ip_on_launch": False}


def _rule(**to: Any) -> Body:
    return {
        "security_group_id": "${aws_security_group.models.id}",
        "description": "HTTPS",
        "ip_protocol": "tcp",
        "from_port": 443,
        "to_port": 443,
        **to,
    }


def _resources() -> Body:
    group = {"name": "/aws/vpc/slipway-prod-flow-logs", "retention_in_days": 365, "kms_key_id": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"}
    log = {"vpc_id": _VPC, "traffic_type": "ALL", "log_destination": "${aws_cloudwatch_log_group.flow.arn}", "iam_role_arn": "r"}
    return {
        "aws_vpc": {"vpc": {"cidr_block": "10.0.0.0/16", "enable_dns_support": True, "enable_dns_hostnames": True}},
        "aws_default_security_group": {"default": {"vpc_id": _VPC}},
        "aws_subnet": {"a": _subnet("eu-west-1a", "10.0.0.0/18"), "b": _subnet("eu-west-1b", "10.0.64.0/18")},
        "aws_security_group": {"models": {"name": "m", "description": "Models", "vpc_id": _VPC}},
        "aws_vpc_security_group_egress_rule": {"out": _rule(prefix_list_id="${aws_vpc_endpoint.s3.prefix_list_id}")},
        "aws_vpc_security_group_ingress_rule": {"in": _rule(cidr_ipv4="10.0.0.0/16")},
        "aws_vpc_endpoint": {"s3": {"vpc_id": _VPC, "service_name": "com.amazonaws.eu-west-1.s3", "policy": policy(_READ)}},
        "aws_cloudwatch_log_group": {"flow": group},
        "aws_iam_role": {"flow_role": {"name": "slipway-prod-flow-logs", "assume_role_policy": policy(_TRUST)}},
        "aws_iam_role_policy": {"flow_policy": {"name": "w", "role": "${aws_iam_role.flow_role.name}", "policy": policy(_WRITE_LOGS)}},
        "aws_flow_log": {"flow_log": log},
    }


def joined(documents: Documents) -> None:
    """Add the network stack, and let the model join it."""
    outputs = {
        "network_private_subnet_ids": {"value": ["${aws_subnet.a.id}", "${aws_subnet.b.id}"]},
        "network_model_security_group_id": {"value": "${aws_security_group.models.id}"},
    }
    documents[STACK] = stack(STACK, _resources(), output=outputs)
    config = {"backend": "s3", "config": {"bucket": "b", "key": f"{STACK}.tfstate", "region": "eu-west-1"}}
    documents["prod-serving"].setdefault("data", {}).setdefault("terraform_remote_state", {})["network"] = config
    put(MODEL, "vpc_config", vpc_config(0, 1))(documents)


def vpc_config(*items: int) -> Body:
    """These subnets of the network, as tokens of its remote state."""
    subnets = [f"{_REMOTE}network_private_subnet_ids[{item}]}}" for item in items]
    return {"subnets": subnets, "security_group_ids": [f"{_REMOTE}network_model_security_group_id}}"]}


def _group(direction: str, **rule: Any) -> Change:
    body = {"description": "everything", "from_port": 0, "to_port": 0, "protocol": "-1", **rule}
    return put("aws_security_group.models", direction, [body])


def _rule_with(address: str, **values: Any) -> Change:
    return both(*(put(address, name, value) for name, value in values.items()))


def _case(label: str, change: Change, address: str, *builtin: str) -> Case:
    return Case(label, both(joined, change), address, frozenset(builtin))


PLANTED: dict[str, tuple[Case, ...]] = {
    "CKV_SLIPWAY_2": (
        _case("both subnets in one zone, by remote state", put("aws_subnet.b", "availability_zone", "eu-west-1a"), MODEL),
        _case("one subnet twice", put(MODEL, "vpc_config", vpc_config(1, 1)), MODEL),
        _case("unreadable", put(MODEL, "vpc_config.subnets", "${var.subnets}"), MODEL),
    ),
    "CKV_SLIPWAY_23": (
        _case("every protocol, IPv4", _rule_with(EGRESS, cidr_ipv4="0.0.0.0/0", ip_protocol="-1"), EGRESS),
        _case("every protocol, IPv6", _rule_with(EGRESS, cidr_ipv6="::/0", ip_protocol="-1"), EGRESS),
        _case("every port", _rule_with(EGRESS, cidr_ipv4="0.0.0.0/0", from_port=0, to_port=65535), EGRESS),
        _case("in the group", _group("egress", cidr_blocks=["10.0.0.0/8", "0.0.0.0/0"]), "aws_security_group.models", "CKV_AWS_382"),
        _case("unreadable", _group("egress", cidr_blocks=["10.0.0.0/8"], protocol="${var.protocol}"), "aws_security_group.models"),
    ),
    "CKV_SLIPWAY_28": (_case("where to", put(EGRESS, "cidr_ipv4", "${var.office}"), EGRESS),),
    "CKV_SLIPWAY_50": (
        _case("none", drop(ENDPOINT, "policy"), ENDPOINT),
        _case("everything", put(ENDPOINT, "policy", policy({**_READ, "Action": "*"})), ENDPOINT),
        _case("a whole service", put(ENDPOINT, "policy", policy({**_READ, "Action": "s3:*"})), ENDPOINT),
        _case("for everybody", put(ENDPOINT, "policy", policy({**_READ, "Condition": {}})), ENDPOINT),
        _case("unreadable", put(ENDPOINT, "policy", "${var.policy}"), ENDPOINT),
    ),
    "CKV_SLIPWAY_51": (
        _case("any port", put(INGRESS, "cidr_ipv4", "0.0.0.0/0"), INGRESS),
        _case("IPv6", put(INGRESS, "cidr_ipv6", "::/0"), INGRESS),
        _case(
            "in the group",
            _group("ingress", cidr_blocks=["0.0.0.0/0"], protocol="tcp", from_port=8080, to_port=8080),
            "aws_security_group.models",
        ),
        _case(
            "a rule of the older type",
            add(
                STACK, "aws_security_group_rule.r", {"type": "ingress", "cidr_blocks": ["0.0.0.0/0"], "from_port": 443, "description": "x"}
            ),
            "aws_security_group_rule.r",
        ),
    ),
}
"""Beside those of `planted.PLANTED`: for one rule both may have cases."""
