"""Options of SageMaker Neo (API: CreateCompilationJob): a model compiled for one family of instances when it is released.

Neo is still offered (developer guide, "Supported Instance Types and Frameworks"; looked up on 2026-11-21) for a closed list of frameworks
and instance families, the newest PyTorch being 2.0. The targets below are the cloud ones: an endpoint cannot run on the edge devices of the
API's list, and Elastic Inference (ml_eia2) has ended.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, model_validator

from modules._shared.spec import Spec

Target = Literal["ml_c4", "ml_c5", "ml_c6g", "ml_g4dn", "ml_inf1", "ml_inf2", "ml_m4", "ml_m5", "ml_m6g", "ml_p2", "ml_p3", "ml_trn1"]
VERSIONS = {
    "PYTORCH": ("1.4", "1.5", "1.6", "1.7", "1.8", "1.12", "1.13", "2.0"),
    "TENSORFLOW": ("1.15", "2.9"),
}
"""Frameworks whose version the compiler must be told, and the versions it takes."""
_IMAGES = {
    "MXNET": "neo-mxnet",
    "PYTORCH": "neo-pytorch",
    "TENSORFLOW": "neo-tensorflow",
    "KERAS": "neo-tensorflow",
    "XGBOOST": "xgboost-neo",
}
"""Frameworks of the images that AWS keeps for compiled models."""


class NeoSpec(Spec):
    """Compile the model for one family of instances; `slipway release` does it and pins the result."""

    kind: Literal["neo"] = Field(description="SageMaker Neo.")
    target_device: Target = Field(description="Family of the instances that host the model: ml_c5 for ml.c5.xlarge.")
    framework: Literal["PYTORCH", "TENSORFLOW", "MXNET", "KERAS", "ONNX", "XGBOOST"] = Field(description="What the model was made with.")
    framework_version: str | None = Field(None, description="Version of PyTorch or TensorFlow, such as 2.0. Not for the others.")
    data_input_config: str | None = Field(
        None,
        min_length=1,
        max_length=16384,
        description="Names and shapes of the inputs, such as '{\"input0\": [1, 3, 224, 224]}'. Not for XGBOOST.",
    )
    compiler_options: str | None = Field(None, min_length=3, max_length=1024, description="Options of the compiler as JSON. Default: none.")
    max_runtime_in_seconds: int = Field(900, ge=60, le=3600, description="Seconds after which the compilation is given up.")

    @model_validator(mode="after")
    def _fits_the_framework(self) -> NeoSpec:
        known = VERSIONS.get(self.framework)
        if known is None and self.framework_version is not None:
            raise ValueError(f"Neo takes no framework_version for {self.framework}; leave it out")
        if known is not None and self.framework_version not in known:
            raise ValueError(f"Neo compiles {self.framework} of the versions {', '.join(known)}; say one as framework_version")
        if (self.data_input_config is None) != (self.framework == "XGBOOST"):
            raise ValueError("data_input_config is needed for every framework but XGBOOST, which has none")
        return self

    def problem(self, model_data: str, prebuilt_framework: str | None) -> str:
        """What is wrong with the container: its model data is no archive, or an image that AWS keeps does not run the compiled model.

        Empty for one that fits, and for an image of one's own (None).
        """
        if model_data != "compressed":
            return f"optimize compiles one archive; model_data is {model_data}"
        wanted = _IMAGES.get(self.framework)
        if prebuilt_framework is None or prebuilt_framework == wanted:
            return ""
        return (
            f"a {self.framework} model compiled by Neo runs in {f'AWS images of framework {wanted}' if wanted else 'an image of your own'}"
        )

    def runs_on(self, instance_type: str) -> bool:
        """Whether the instance type is of the family that was compiled for."""
        family = re.match(r"^ml\.([a-z0-9-]+)\.", instance_type)
        return family is not None and self.target_device == f"ml_{family[1]}"


def request(spec: NeoSpec, source: str, target: str, kms_key: str) -> dict[str, object]:
    """The members of CreateCompilationJob besides its name, role and tags."""
    given = {"DataInputConfig": spec.data_input_config, "FrameworkVersion": spec.framework_version}
    options = {"CompilerOptions": spec.compiler_options}
    return {
        "InputConfig": {"S3Uri": source, "Framework": spec.framework, **{key: value for key, value in given.items() if value}},
        "OutputConfig": {
            "S3OutputLocation": target,
            "TargetDevice": spec.target_device,
            "KmsKeyId": kms_key,
            **{key: value for key, value in options.items() if value},
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": spec.max_runtime_in_seconds},
    }
