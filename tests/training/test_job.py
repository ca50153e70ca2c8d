"""What CreateTrainingJob refuses is refused here, and the tree is laid out as SageMaker does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from slipway.errors import InputError
from slipway.training.archive import pack_output
from slipway.training.job import Channel, Job, as_strings, check
from slipway.training.layout import base, lay_out
from slipway.training.metrics import Collector, MetricDefinition, printed


@pytest.mark.parametrize(
    ("job", "message"),
    [
        (Job(name="no_underscore"), "is not valid"),
        (Job(name="x" * 64), "is not valid"),
        (Job(hyperparameters={f"h{number}": 1 for number in range(101)}), "101 hyperparameters; SageMaker takes 100"),
        (Job(hyperparameters={"h" * 257: 1}), "is too long"),
        (Job(hyperparameters={"h": "x" * 2501}), "is too long"),
        (Job(channels={f"c{number}": Channel(Path("/")) for number in range(21)}), "21 channels; SageMaker takes 20"),
        (Job(channels={"a/b": Channel(Path("/"))}), "channel name 'a/b' is not valid"),
        (Job(channels={"train": Channel(Path("/no/such/folder"))}), "channel train: /no/such/folder does not exist"),
        (Job(source_dir=Path("/no/such/folder")), "is not a folder"),
    ],
)
def test_refused(job: Job, message: str):
    with pytest.raises(InputError, match=message) as refused:
        check(job)
    assert refused.value.fix


def test_the_tree(tmp_path: Path):
    (tmp_path / "code" / "__pycache__").mkdir(parents=True)
    (tmp_path / "code" / "train.py").touch()
    (tmp_path / "data.csv").write_text("1")
    job = Job(
        hyperparameters={"n": 3, "name": "adam", "on": True}, channels={"train": Channel(tmp_path / "data.csv", "text/csv", "FastFile")}
    )
    lay_out(tmp_path / "root", Job(job.name, job.hyperparameters, job.channels, tmp_path / "code", "train.py"))
    ml = base(tmp_path / "root")
    files = sorted(str(path.relative_to(ml)) for path in ml.rglob("*"))
    assert files == [
        *("checkpoints", "code", "code/train.py", "input", "input/config", "input/config/hyperparameters.json"),
        *("input/config/inputdataconfig.json", "input/config/resourceconfig.json", "input/data", "input/data/train"),
        *("input/data/train/data.csv", "model", "output", "output/data"),
    ]
    config = {path.stem: json.loads(path.read_text()) for path in (ml / "input" / "config").iterdir()}
    assert config["hyperparameters"] == {"n": "3", "name": "adam", "on": "true", "sagemaker_program": "train.py"}
    assert config["inputdataconfig"]["train"]["TrainingInputMode"] == "FastFile"
    assert config["inputdataconfig"]["train"]["ContentType"] == "text/csv"
    assert (config["resourceconfig"]["current_host"], config["resourceconfig"]["hosts"]) == ("algo-1", ["algo-1"])


def test_a_second_job_keeps_the_checkpoints_only(tmp_path: Path):
    lay_out(tmp_path, Job())
    for name in ("checkpoints/step", "model/old", "output/failure", "output/data/old"):
        (base(tmp_path) / name).touch()
    lay_out(tmp_path, Job())
    left = [path.name for path in base(tmp_path).rglob("*") if path.is_file() and path.suffix != ".json"]
    assert left == ["step"]


def test_hyperparameters_as_createtrainingjob_takes_them():
    assert as_strings({"a": 1, "b": "1", "c": None, "d": [1]}) == {"a": "1", "b": "1", "c": "null", "d": "[1]"}


def test_metrics_are_read_from_lines():
    collector = Collector([*printed("accuracy", "loss"), MetricDefinition("epoch", r"epoch (\w+)")])
    for line in ["accuracy=0.5; loss=1e-3;", "cv_accuracy=0.1;", "epoch 3", "epoch three", "accuracy=0.75; loss=-.5;", "accuracy=nan;"]:
        collector.read(line)
    assert collector.series == {"accuracy": [0.5, 0.75], "loss": [0.001, -0.5], "epoch": [3.0]}
    assert collector.last == {"accuracy": 0.75, "loss": -0.5, "epoch": 3.0}


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (MetricDefinition("a", "("), "is no regular expression"),
        (MetricDefinition("a", "a=1"), "has no group"),
        (MetricDefinition("", "(1)"), "is not valid"),
        (MetricDefinition("a", "(" + "x" * 500 + ")"), "is not valid"),
    ],
)
def test_a_definition_that_sagemaker_refuses(definition: MetricDefinition, message: str):
    with pytest.raises(InputError, match=message):
        Collector([definition])
    with pytest.raises(InputError, match="41 metric definitions"):
        Collector([MetricDefinition("a", "(1)")] * 41)


def test_output_archives_are_the_same_each_time(tmp_path: Path):
    assert pack_output(tmp_path / "none", tmp_path / "x.tar.gz") is None
    (tmp_path / "data" / "empty").mkdir(parents=True)
    assert pack_output(tmp_path / "data", tmp_path / "x.tar.gz") is None
    (tmp_path / "data" / "metrics.json").write_text("{}")
    first, second = (pack_output(tmp_path / "data", tmp_path / f"{name}.tar.gz") for name in "ab")
    assert first is not None and second is not None and first.sha256 == second.sha256
    assert (tmp_path / "a.tar.gz").stat().st_size == first.size
