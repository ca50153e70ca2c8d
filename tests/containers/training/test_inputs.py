"""Settings, channels, hosts, and the variables made of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from trainer import channels, resources, settings
from trainer.failure import TrainingFailed
from trainer.hyperparameters import Hyperparameters
from trainer.variables import variables


def test_defaults_are_sagemakers():
    found = settings.read({})
    assert [str(found.model), str(found.output_data), str(found.failure)] == [
        "/opt/ml/model",
        "/opt/ml/output/data",
        "/opt/ml/output/failure",
    ]
    assert [str(found.checkpoints), str(found.code), str(found.data)] == ["/opt/ml/checkpoints", "/opt/ml/code", "/opt/ml/input/data"]
    assert (found.program, found.stop_seconds, found.log_level) == ("train.py", 110.0, 20)
    assert found.stop_seconds < 120


@pytest.mark.parametrize("value", ["0", "116", "soon", "nan"])
def test_a_setting_out_of_range_is_named(value: str):
    with pytest.raises(TrainingFailed, match="SLIPWAY_STOP_SECONDS must be a number from 1 to 115"):
        settings.read({"SLIPWAY_STOP_SECONDS": value})


def test_file_and_fastfile_are_folders(tmp_path: Path):
    config = {"train": {"TrainingInputMode": "File"}, "more-data": {"TrainingInputMode": "FastFile"}, "old": {}}
    for name in config:
        (tmp_path / name).mkdir()
    assert channels.folders(config, tmp_path) == {name: tmp_path / name for name in config}


def test_pipe_mode_is_refused_with_the_way_out(tmp_path: Path):
    with pytest.raises(TrainingFailed, match="channel train is in Pipe mode.* use FastFile"):
        channels.folders({"train": {"TrainingInputMode": "Pipe"}}, tmp_path)


def test_a_channel_without_folder_is_named(tmp_path: Path):
    with pytest.raises(TrainingFailed, match="channel train has no folder input/data/train"):
        channels.folders({"train": {}}, tmp_path)


def test_a_channel_that_is_no_object(tmp_path: Path):
    (tmp_path / "inputdataconfig.json").write_text('{"train": "File"}')
    with pytest.raises(TrainingFailed, match="channel train must be an object"):
        channels.read(tmp_path / "inputdataconfig.json")


def test_one_host_without_a_resource_config(tmp_path: Path):
    found = resources.read(tmp_path / "resourceconfig.json", tmp_path)
    assert (found.current_host, found.hosts, found.network_interface, found.gpus) == ("algo-1", ["algo-1"], "eth0", 0)
    assert found.cpus >= 1


def test_hosts_are_sorted_and_devices_counted(tmp_path: Path):
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    path = tmp_path / "resourceconfig.json"
    path.write_text(json.dumps({"current_host": "algo-2", "hosts": ["algo-2", "algo-1"], "network_interface_name": "eth1"}))
    found = resources.read(path, tmp_path)
    assert (found.hosts, found.gpus, found.network_interface) == (["algo-1", "algo-2"], 2, "eth1")


def test_a_host_that_is_not_in_the_job(tmp_path: Path):
    path = tmp_path / "resourceconfig.json"
    path.write_text(json.dumps({"current_host": "algo-3", "hosts": ["algo-1"]}))
    with pytest.raises(TrainingFailed, match="current_host algo-3 is not one of"):
        resources.read(path)


def test_the_variables_of_the_training_toolkit(tmp_path: Path):
    setup = settings.read({"SAGEMAKER_BASE_DIR": "/opt/ml", "TRAINING_JOB_NAME": "job-1"})
    given = Hyperparameters({"max-iter": 5, "name": "a b", "flag": True, "nothing": None}, {"sagemaker_program": "fit.py"})
    config = {"train": {"TrainingInputMode": "File"}}
    hosts = resources.Resources("algo-2", ["algo-1", "algo-2"], "eth0", "ml.m5.large", "group", 4, 1)
    found = variables(setup, given, {"train": Path("/opt/ml/input/data/train")}, config, hosts, "fit.py", ["--max-iter", "5"])
    expected = {
        "SM_MODEL_DIR": "/opt/ml/model",
        "SM_OUTPUT_DATA_DIR": "/opt/ml/output/data",
        "SM_OUTPUT_DIR": "/opt/ml/output",
        "SM_OUTPUT_INTERMEDIATE_DIR": "/opt/ml/output/intermediate",
        "SM_INPUT_DIR": "/opt/ml/input",
        "SM_INPUT_CONFIG_DIR": "/opt/ml/input/config",
        "SM_CHANNELS": '["train"]',
        "SM_CHANNEL_TRAIN": "/opt/ml/input/data/train",
        "SM_INPUT_DATA_CONFIG": '{"train":{"TrainingInputMode":"File"}}',
        "SM_HPS": '{"flag":true,"max-iter":5,"name":"a b","nothing":null}',
        "SM_HP_MAX-ITER": "5",
        "SM_HP_NAME": "a b",
        "SM_HP_FLAG": "true",
        "SM_HP_NOTHING": "",
        "SM_USER_ARGS": '["--max-iter","5"]',
        "SM_USER_ENTRY_POINT": "fit.py",
        "SM_MODULE_NAME": "fit",
        "SM_MODULE_DIR": "/opt/ml/code",
        "SM_FRAMEWORK_PARAMS": '{"sagemaker_program":"fit.py"}',
        "SM_HOSTS": '["algo-1","algo-2"]',
        "SM_CURRENT_HOST": "algo-2",
        "SM_CURRENT_INSTANCE_TYPE": "ml.m5.large",
        "SM_CURRENT_INSTANCE_GROUP": "group",
        "SM_NETWORK_INTERFACE_NAME": "eth0",
        "SM_NUM_CPUS": "4",
        "SM_NUM_GPUS": "1",
        "SM_LOG_LEVEL": "20",
        "SM_RESOURCE_CONFIG": "{}",
        "SLIPWAY_CHECKPOINT_DIR": "/opt/ml/checkpoints",
    }
    everything = json.loads(found.pop("SM_TRAINING_ENV"))
    assert found == expected
    assert (everything["job_name"], everything["is_master"], everything["hyperparameters"]["max-iter"]) == ("job-1", False, 5)
    assert everything["channel_input_dirs"] == {"train": "/opt/ml/input/data/train"}
