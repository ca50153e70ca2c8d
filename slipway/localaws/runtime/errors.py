"""The errors of the SageMaker runtime, with the status codes and members of botocore's model."""

from __future__ import annotations

import json
from typing import Any

from slipway.localaws.responses import Answer


class RuntimeFault(Exception):
    """An error that InvokeEndpoint answers: `code` and `status` as AWS's model has them, `more` its further members."""

    code = "InternalFailure"
    status = 500

    def __init__(self, message: str, **more: Any) -> None:
        super().__init__(message)
        self.message = message
        self.more = more

    def answer(self) -> Answer:
        """The HTTP answer."""
        body = json.dumps({"Message": self.message, **self.more}).encode()
        return Answer(self.status, [("Content-Type", "application/json"), ("x-amzn-ErrorType", self.code)], body)


class ValidationError(RuntimeFault):
    """The request, or what it names, is wrong."""

    code, status = "ValidationError", 400


class ModelError(RuntimeFault):
    """The container answered an error, too much, or nothing in time. HTTP 424."""

    code, status = "ModelError", 424


class ModelNotReadyException(RuntimeFault):
    """The model is still being loaded: multi-model and serverless endpoints. HTTP 429."""

    code, status = "ModelNotReadyException", 429


class ThrottlingException(RuntimeFault):
    """More requests at a time than MaxConcurrency of a serverless variant. AWS sends it though the runtime's model lacks it. HTTP 429."""

    code, status = "ThrottlingException", 429


class ServiceUnavailable(RuntimeFault):
    """No instance takes the request now. HTTP 503; SDKs try again."""

    code, status = "ServiceUnavailable", 503
