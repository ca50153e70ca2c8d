"""DynamoDB: the metric of writes whose condition was not met, which is how a taken state lock shows itself."""

from __future__ import annotations

from typing import Any

from moto.dynamodb.exceptions import ConditionalCheckFailed
from moto.dynamodb.responses import DynamoHandler

from slipway.localaws import background
from slipway.localaws.cloudwatch import metrics
from slipway.localaws.patches import wraps

_REASON = "moto emits no metrics; AWS counts conditional writes that are refused"


def _counted(original: Any, handler: Any) -> Any:
    try:
        return original(handler)
    except ConditionalCheckFailed:
        dimensions = {"TableName": str(handler.body["TableName"]).rpartition("/")[2]}
        metrics.emit(handler.current_account, handler.region, "AWS/DynamoDB", "ConditionalCheckFailedRequests", dimensions, 1.0, "Count")
        background.wake()
        raise


@wraps(DynamoHandler, "put_item", _REASON)
def put_item(original: Any, self: Any) -> Any:
    """Count a refused write; Terraform takes its lock by one."""
    return _counted(original, self)


@wraps(DynamoHandler, "delete_item", _REASON)
def delete_item(original: Any, self: Any) -> Any:
    """Count a refused removal."""
    return _counted(original, self)


@wraps(DynamoHandler, "update_item", _REASON)
def update_item(original: Any, self: Any) -> Any:
    """Count a refused change."""
    return _counted(original, self)
