"""Models that join the environment's network: what they get of it by remote state, and what their roles may do there."""

from __future__ import annotations

from tests.stacks.test_stacks import BASE, LOCK, Project, resources, statements

NETWORK = """
network: { kind: create, cidr: 10.9.0.0/16, zone_count: 3 }
"""
JOINED = BASE.replace("{ container: { image: inference } }", "{ container: { image: inference }, network: private }") + NETWORK
READ = "${data.terraform_remote_state.network.outputs."


def test_a_model_joins_the_environments_network(project: Project) -> None:
    documents = project(JOINED, LOCK)
    outputs = documents["test-network"]["output"]
    assert len(outputs["network_private_subnet_ids"]["value"]) == 3
    (model,) = resources(documents["test-serving"], "aws_sagemaker_model")
    assert model["vpc_config"] == {
        "subnets": [f"{READ}network_private_subnet_ids[{index}]}}" for index in range(3)],
        "security_group_ids": [f"{READ}network_model_security_group_id}}"],
    }
    assert documents["test-serving"]["data"]["terraform_remote_state"]["network"]["config"]["key"] == "test-network.tfstate"


def test_its_role_may_make_interfaces_there_and_nowhere_else(project: Project) -> None:
    found = statements(project(JOINED, LOCK), "wine")["AttachNetworkInterfaces"]
    ec2 = "arn:aws:ec2:eu-central-1:444444444444"
    assert found["Resource"] == [
        f"{ec2}:network-interface/*",
        *(f"{ec2}:subnet/{READ}network_private_subnet_ids[{index}]}}" for index in range(3)),
        f"{ec2}:security-group/{READ}network_model_security_group_id}}",
    ]


def test_a_network_alone_gives_nobody_a_permission(project: Project) -> None:
    documents = project(BASE + NETWORK, LOCK)
    assert "AttachNetworkInterfaces" not in statements(documents, "wine")
    assert "network" not in documents["test-shared"].get("data", {}).get("terraform_remote_state", {})
    assert "vpc_config" not in resources(documents["test-serving"], "aws_sagemaker_model")[0]


def test_another_network_makes_another_model_and_other_options_of_it_do_not(project: Project) -> None:
    def name(environment: str) -> str:
        found: str = resources(project(environment, LOCK)["test-serving"], "aws_sagemaker_model")[0]["name"]
        return found

    first = name(JOINED)
    assert name(JOINED.replace("zone_count: 3", "zone_count: 3, nat: one")) == first
    others = [JOINED.replace("10.9.", "10.8."), JOINED.replace("zone_count: 3", "zone_count: 2"), BASE]
    others.append(JOINED.replace("zone_count: 3", "private_subnets: [10.9.0.0/24, 10.9.1.0/24]"))
    assert len({first, *map(name, others)}) == 5


def test_an_existing_network_has_no_key_and_no_flow_logs(project: Project) -> None:
    lookup = "{ by: ids, vpc_id: vpc-0a1b2c3d, subnet_ids: [subnet-0a1b2c3d, subnet-1a2b3c4d], security_group_id: sg-0a1b2c3d }"
    documents = project(JOINED.replace(NETWORK, f"\nnetwork: {{ kind: existing, lookup: {lookup} }}\n"), LOCK)
    assert "resource" not in documents["test-network"]
    assert len(resources(documents["test-serving"], "aws_sagemaker_model")[0]["vpc_config"]["subnets"]) == 2


def test_the_deploy_role_reaches_the_network_when_there_is_one(project: Project) -> None:
    boundary = "arn:aws:iam::444444444444:policy/limit"
    access = 'access: { deploy_principals: ["arn:aws:iam::444444444444:role/admin"] }\n'
    network = NETWORK.replace("zone_count: 3", f'flow_logs: {{ permissions_boundary: "{boundary}" }}')

    def rights(text: str) -> str:
        found = resources(project(BASE + text + access, LOCK)["test-shared"], "aws_iam_policy")
        return "".join(body["policy"] for body in found if body["name"].startswith("slipway-test-deploy-"))

    assert boundary in rights(network) and "ec2:CreateVpc" in rights(network)
    assert boundary not in rights("") and "ec2:CreateVpc" not in rights("")
