"""Where the program comes from."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from moto import mock_aws
from trainer import settings, source
from trainer.failure import TrainingFailed
from trainer.hyperparameters import Hyperparameters
from trainer.settings import Settings


@pytest.fixture
def setup(tmp_path: Path) -> Settings:
    return replace(settings.read({"SAGEMAKER_BASE_DIR": str(tmp_path / "ml")}), image_code=tmp_path / "image")


def given(**options: str) -> Hyperparameters:
    return Hyperparameters({}, {f"sagemaker_{name}": value for name, value in options.items()})


def archive(**files: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as target:
        for name, text in files.items():
            entry = tarfile.TarInfo(name.replace("_DOT_", "."))
            entry.size = len(text)
            target.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def put(folder: Path, name: str = "train.py", text: str = "pass") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def test_code_of_the_job_comes_before_code_of_the_image(setup: Settings):
    put(setup.image_code)
    assert source.prepare(setup, given()) == (setup.image_code, "train.py")
    put(setup.code)
    assert source.prepare(setup, given()) == (setup.code, "train.py")


def test_the_hyperparameter_names_the_program(setup: Settings):
    put(setup.code, "fit.py")
    assert source.prepare(setup, given(program="fit.py")) == (setup.code, "fit.py")
    assert source.prepare(replace(setup, program="fit.py"), given()) == (setup.code, "fit.py")


def test_an_archive_in_a_channel_as_with_network_isolation(setup: Settings):
    channel = setup.data / "code"
    channel.mkdir(parents=True)
    (channel / "sourcedir.tar.gz").write_bytes(archive(fit_DOT_py="print()"))
    where = "/opt/ml/input/data/code/sourcedir.tar.gz"
    assert source.prepare(setup, given(program="fit.py", submit_directory=where)) == (setup.code, "fit.py")
    assert (setup.code / "fit.py").read_text() == "print()"


def test_a_folder(setup: Settings, tmp_path: Path):
    put(tmp_path / "mine")
    assert source.prepare(setup, given(submit_directory=str(tmp_path / "mine"))) == (setup.code, "train.py")
    assert source.prepare(setup, given(submit_directory="file:///opt/ml/code")) == (setup.code, "train.py")


@mock_aws
def test_an_archive_in_s3(setup: Settings, monkeypatch: pytest.MonkeyPatch):
    import boto3

    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3")
    client.create_bucket(Bucket="sources")
    client.put_object(Bucket="sources", Key="job/sourcedir.tar.gz", Body=archive(train_DOT_py="pass"))
    assert source.prepare(setup, given(submit_directory="s3://sources/job/sourcedir.tar.gz")) == (setup.code, "train.py")
    with pytest.raises(TrainingFailed, match=r"s3://sources/none cannot be fetched.*bring the code in a channel"):
        source.prepare(setup, given(submit_directory="s3://sources/none"))


@pytest.mark.parametrize("name", ["../outside.py", "/etc/outside.py"])
def test_an_archive_that_leads_out_is_refused(setup: Settings, tmp_path: Path, name: str):
    (tmp_path / "evil.tar.gz").write_bytes(archive(**{name: "x"}))
    if name.startswith("/"):  # unpacked below the folder, as tar does
        put(setup.code)
        source.prepare(setup, given(submit_directory=str(tmp_path / "evil.tar.gz")))
        assert (setup.code / "etc" / "outside.py").is_file()
        return
    with pytest.raises(TrainingFailed, match="cannot be unpacked"):
        source.prepare(setup, given(submit_directory=str(tmp_path / "evil.tar.gz")))
    assert not (tmp_path / "ml" / "outside.py").exists()


def test_a_truncated_archive_is_refused(setup: Settings, tmp_path: Path):
    (tmp_path / "half.tar.gz").write_bytes(archive(train_DOT_py="x" * 10_000)[:60])
    with pytest.raises(TrainingFailed, match=r"half.tar.gz cannot be unpacked"):
        source.prepare(setup, given(submit_directory=str(tmp_path / "half.tar.gz")))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "no program train.py: looked in"),
        ({"program": "../train.py"}, "must be the name of a file inside"),
        ({"program": "/etc/passwd"}, "must be the name of a file inside"),
        ({"submit_directory": "/nowhere"}, "is neither a folder nor an archive"),
    ],
)
def test_no_program(setup: Settings, options: dict[str, str], message: str):
    with pytest.raises(TrainingFailed, match=message):
        source.prepare(setup, given(**options))


def test_python_files_run_by_the_interpreter_others_by_themselves(tmp_path: Path):
    put(tmp_path, "fit.sh", "#!/bin/sh\n")
    assert source.command(tmp_path, "train.py", ["-C", "1"])[1:] == ["-u", str(tmp_path / "train.py"), "-C", "1"]
    assert source.command(tmp_path, "fit.sh", ["-C", "1"]) == [str(tmp_path / "fit.sh"), "-C", "1"]
    assert (tmp_path / "fit.sh").stat().st_mode & 0o500 == 0o500


def test_requirements_must_be_in_the_image(tmp_path: Path):
    path = tmp_path / "requirements.txt"
    source.check_requirements(path)
    path.write_text('# fine\nnumpy>=1  # any\nskops==0.16.0 --hash=sha256:00\nabsent ; python_version < "3"\n--require-hashes\n')
    source.check_requirements(path)
    path.write_text("numpy<1\nno-such-package-here\n")
    with pytest.raises(TrainingFailed, match=r"numpy<1, no-such-package-here, which the image does not have"):
        source.check_requirements(path)
