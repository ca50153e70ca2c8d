"""The SM_* variables a program finds in its environment, named and written as the SageMaker training toolkit does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trainer.hyperparameters import Hyperparameters
from trainer.resources import Resources
from trainer.settings import Settings


def variables(
    settings: Settings,
    hyperparameters: Hyperparameters,
    channels: dict[str, Path],
    channel_config: dict[str, dict[str, Any]],
    resources: Resources,
    program: str,
    arguments: Sequence[str],
) -> dict[str, str]:
    """Everything the program is told: folders, channels, hyperparameters, hosts.

    And SLIPWAY_CHECKPOINT_DIR, for which the toolkit has no name.
    """
    facts: dict[str, Any] = {
        "model_dir": str(settings.model),
        "output_dir": str(settings.output),
        "output_data_dir": str(settings.output_data),
        "output_intermediate_dir": str(settings.intermediate),
        "input_dir": str(settings.input),
        "input_config_dir": str(settings.config),
        "input_data_config": channel_config,
        "module_dir": str(settings.code),
        "module_name": Path(program).stem,
        "user_entry_point": program,
        "hosts": resources.hosts,
        "current_host": resources.current_host,
        "current_instance_type": resources.instance_type,
        "current_instance_group": resources.instance_group,
        "network_interface_name": resources.network_interface,
        "resource_config": resources.config,
        "num_cpus": resources.cpus,
        "num_gpus": resources.gpus,
        "log_level": settings.log_level,
        "framework_params": hyperparameters.sagemaker,
    }
    everything = {
        **facts,
        "job_name": settings.job_name,
        "hyperparameters": hyperparameters.program,
        "channel_input_dirs": {name: str(folder) for name, folder in channels.items()},
        "is_master": resources.current_host == resources.hosts[0],
        "master_hostname": resources.hosts[0],
    }
    facts |= {
        "channels": sorted(channels),
        "hps": hyperparameters.program,
        "user_args": list(arguments),
        "training_env": everything,
        **{f"channel_{name}": str(folder) for name, folder in channels.items()},
        **{f"hp_{name}": value for name, value in hyperparameters.program.items()},
    }
    named = {f"SM_{name.upper()}": _text(value) for name, value in facts.items()}
    return {**named, "SLIPWAY_CHECKPOINT_DIR": str(settings.checkpoints)}


def _text(value: Any) -> str:
    """Text as it is, nothing as an empty text, anything else as compact JSON with sorted keys."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))
