"""Parts of an API that are changed in place, as Terraform's provider does it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localaws.api.lab import ApiLab


def told(*operations: tuple[str, str, str | None]) -> list[dict[str, str]]:
    """Patch operations from operation, path and value."""
    return [{"op": kind, "path": path, **({"value": value} if value is not None else {})} for kind, path, value in operations]


def test_methods_and_integrations(lab: ApiLab) -> None:
    lab.method(requestParameters={"method.request.header.A": True}, requestModels={"application/json": "Empty"})
    at: dict[str, Any] = {"restApiId": lab.id, "resourceId": lab.resource("/p"), "httpMethod": "POST"}
    changed = lab.api.update_method(
        **at,
        patchOperations=told(
            ("replace", "/authorizationType", "AWS_IAM"),
            ("replace", "/apiKeyRequired", "true"),
            ("add", "/authorizationScopes", "a"),
            ("add", "/authorizationScopes", "b"),
            ("remove", "/authorizationScopes", "a"),
            ("add", "/requestParameters/method.request.header.B", "false"),
            ("remove", "/requestParameters/method.request.header.A", None),
            ("replace", "/requestModels/application~1json", "Error"),
        ),
    )
    assert (changed["authorizationType"], changed["apiKeyRequired"], changed["authorizationScopes"]) == ("AWS_IAM", True, ["b"])
    assert changed["requestParameters"] == {"method.request.header.B": False} and changed["requestModels"] == {"application/json": "Error"}
    operations = told(("replace", "/timeoutInMillis", "2000"), ("add", "/requestTemplates/text~1csv", "x"))
    integration = lab.api.update_integration(**at, patchOperations=operations)
    assert integration["timeoutInMillis"] == 2000 and integration["requestTemplates"] == {"text/csv": "x"}
    lab.api.put_method_response(**at, statusCode="200", responseModels={"application/json": "Empty"})
    operations = told(
        ("add", "/responseParameters/method.response.header.X", "true"), ("remove", "/responseModels/application~1json", None)
    )
    response = lab.api.update_method_response(**at, statusCode="200", patchOperations=operations)
    assert response["responseParameters"] == {"method.response.header.X": True} and response["responseModels"] == {}
    with pytest.raises(ClientError) as caught:
        lab.api.update_method(**at, patchOperations=told(("replace", "/nothing", "x")))
    assert caught.value.response["Error"]["Code"] == "NotImplementedLocally"


def test_models_resources_deployments_and_domains(lab: ApiLab) -> None:
    lab.method()
    lab.api.create_model(restApiId=lab.id, name="M", contentType="application/json", schema="{}")
    schema = '{"type":"object"}'
    assert lab.api.update_model(restApiId=lab.id, modelName="M", patchOperations=told(("replace", "/schema", schema)))["schema"] == schema
    at = {"restApiId": lab.id, "resourceId": lab.resource("/p")}
    assert lab.api.update_resource(**at, patchOperations=told(("replace", "/pathPart", "q")))["path"] == "/q"
    deployment = lab.deploy()
    described = lab.api.update_deployment(
        restApiId=lab.id, deploymentId=deployment, patchOperations=told(("replace", "/description", "second"))
    )
    assert described["description"] == "second"
    lab.api.create_domain_name(domainName="api.example.com", securityPolicy="TLS_1_0")
    operations = told(("replace", "/securityPolicy", "TLS_1_2"))
    assert lab.api.update_domain_name(domainName="api.example.com", patchOperations=operations)["securityPolicy"] == "TLS_1_2"


def test_apis_and_authorizers(lab: ApiLab) -> None:
    operations = told(
        ("add", "/binaryMediaTypes/text~1csv", None),
        ("remove", "/binaryMediaTypes/image~1*", None),
        ("replace", "/minimumCompressionSize", "100"),
        ("replace", "/disableExecuteApiEndpoint", "true"),
        ("replace", "/description", "new"),
    )
    api = lab.api.update_rest_api(restApiId=lab.id, patchOperations=operations)
    assert api["binaryMediaTypes"] == ["application/x-npy", "text/csv"] and api["minimumCompressionSize"] == 100
    assert api["disableExecuteApiEndpoint"] is True and api["description"] == "new"
    again = lab.api.update_rest_api(restApiId=lab.id, patchOperations=told(("replace", "/disableExecuteApiEndpoint", "false")))
    assert again["disableExecuteApiEndpoint"] is False
    pools = [f"arn:aws:cognito-idp:eu-west-1:111111111111:userpool/eu-west-1_{name}" for name in "ab"]
    made = lab.api.create_authorizer(
        restApiId=lab.id, name="a", type="COGNITO_USER_POOLS", providerARNs=pools[:1], identitySource="method.request.header.Authorization"
    )
    operations = told(("add", "/providerARNs", pools[1]), ("remove", "/providerARNs", pools[0]), ("replace", "/name", "b"))
    changed = lab.api.update_authorizer(restApiId=lab.id, authorizerId=made["id"], patchOperations=operations)
    assert (changed["providerARNs"], changed["name"]) == (pools[1:], "b")


def test_usage_plans_and_keys_that_are_deleted(lab: ApiLab) -> None:
    lab.method()
    lab.deploy()
    plan = lab.api.create_usage_plan(name="p", apiStages=[{"apiId": lab.id, "stage": "v1"}])["id"]
    key = lab.api.create_api_key(name="k")["id"]
    lab.api.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    operations = told(("add", "/quota/limit", "10"), ("add", "/quota/period", "DAY"), ("remove", "/apiStages", f"{lab.id}:v1"))
    changed = lab.api.update_usage_plan(usagePlanId=plan, patchOperations=operations)
    assert changed["quota"] == {"limit": 10, "period": "DAY"} and changed["apiStages"] == []
    added = lab.api.update_usage_plan(usagePlanId=plan, patchOperations=told(("add", "/apiStages", f"{lab.id}:v1")))
    assert added["apiStages"] == [{"apiId": lab.id, "stage": "v1"}]
    lab.api.delete_api_key(apiKey=key)
    assert lab.api.get_usage_plan_keys(usagePlanId=plan)["items"] == []
    lab.api.delete_usage_plan(usagePlanId=plan)
    assert lab.api.get_usage_plans()["items"] == []
