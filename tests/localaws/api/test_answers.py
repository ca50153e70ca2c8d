"""What API Gateway answers by itself, without a function."""

from __future__ import annotations

from tests.localaws.api.lab import ApiLab


def test_preflight_is_answered_without_a_function(lab: ApiLab) -> None:
    at = {"restApiId": lab.id, "resourceId": lab.resource("/p"), "httpMethod": "OPTIONS"}
    header = "method.response.header.Access-Control-Allow-Origin"
    lab.api.put_method(**at, authorizationType="NONE")
    lab.api.put_method_response(**at, statusCode="204", responseParameters={header: True})
    lab.api.put_integration(**at, type="MOCK", requestTemplates={"application/json": '{"statusCode":204}'}, passthroughBehavior="NEVER")
    lab.api.put_integration_response(**at, statusCode="204", responseParameters={header: "'https://app.example.com'"})
    lab.deploy()
    reply = lab.send(verb="OPTIONS", body=b"")
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (204, "https://app.example.com")
    refused = lab.send(verb="OPTIONS", body=b"", Content_Type="text/csv")
    assert (refused.status, refused.error) == (415, "UnsupportedMediaTypeException")


def test_gateway_responses(lab: ApiLab) -> None:
    template = '{"error":{"code":"$context.error.responseType","message":$context.error.messageString,"request_id":"$context.requestId"}}'
    lab.api.put_gateway_response(restApiId=lab.id, responseType="DEFAULT_4XX", responseTemplates={"application/json": template})
    lab.api.put_gateway_response(
        restApiId=lab.id,
        responseType="MISSING_AUTHENTICATION_TOKEN",
        statusCode="404",
        responseParameters={
            "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
            "gatewayresponse.header.X-Id": "context.requestId",
        },
    )
    lab.function()
    lab.method(apiKeyRequired=True)
    lab.deploy()
    refused = lab.send()
    identity = refused.headers["x-amzn-requestid"]
    assert refused.status == 403 and refused.json == {"error": {"code": "INVALID_API_KEY", "message": "Forbidden", "request_id": identity}}
    missing = lab.send("/nothing")
    assert (missing.status, missing.headers["access-control-allow-origin"]) == (404, "*")
    assert missing.headers["x-id"] == missing.headers["x-amzn-requestid"]
