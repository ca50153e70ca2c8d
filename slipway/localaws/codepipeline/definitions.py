"""Pipelines' definitions: answers in the shape that the AWS provider reads."""

from __future__ import annotations

import json
from typing import Any

from moto.codepipeline.responses import CodePipelineResponse

from slipway.localaws.patches import wraps


@wraps(CodePipelineResponse, "get_pipeline", "moto writes the dates of the metadata as strings, which the AWS provider cannot decode")
def get_pipeline(original: Any, self: Any) -> str:
    """The same with numbers."""
    answer = json.loads(original(self))
    pipeline = self.codepipeline_backend.pipelines[answer["pipeline"]["name"]]
    answer["metadata"] |= {"created": pipeline._created.timestamp(), "updated": pipeline._updated.timestamp()}
    return json.dumps(answer)


@wraps(CodePipelineResponse, "list_pipelines", "moto writes dates as strings, and leaves out type and mode")
def list_pipelines(_original: Any, self: Any) -> str:
    """Name, version, type, mode and dates of each, by name."""
    found = [
        {
            "name": name,
            "version": one.pipeline["version"],
            "pipelineType": one.pipeline.get("pipelineType", "V1"),
            "executionMode": one.pipeline.get("executionMode", "SUPERSEDED"),
            "created": one._created.timestamp(),
            "updated": one._updated.timestamp(),
        }
        for name, one in sorted(self.codepipeline_backend.pipelines.items())
    ]
    return json.dumps({"pipelines": found})
