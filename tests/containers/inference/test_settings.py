"""All environment variables: defaults, ranges, the README's table, the nginx.conf they become."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

CONTAINER = Path(__file__).resolve().parents[3] / "containers" / "inference"


def test_defaults_and_values() -> None:
    from settings import from_environment

    default = from_environment({})
    assert (default.port, default.timeout, default.max_body, default.max_wait) == (8080, 60.0, 6291456, 0.0)
    assert str(default.model_dir) == "/opt/ml/model"
    found = from_environment(
        {
            "SAGEMAKER_BIND_TO_PORT": "9000",
            "SAGEMAKER_MODEL_SERVER_TIMEOUT": "1.5",
            "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
            "SLIPWAY_QUEUE_SIZE": " ",
        }
    )
    assert (found.port, found.timeout, found.log_level, found.queue_size) == (9000, 1.5, "info", default.queue_size)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SAGEMAKER_BIND_TO_PORT", "0"),
        ("SAGEMAKER_MODEL_SERVER_WORKERS", "x"),
        ("SLIPWAY_BATCHING", "perhaps"),
        ("SLIPWAY_FOLD", "on"),
        ("SAGEMAKER_MULTI_MODEL", "ja"),
    ],
)
def test_a_wrong_value_names_its_variable(variable: str, value: str) -> None:
    from settings import SettingError, from_environment

    with pytest.raises(SettingError, match=variable):
        from_environment({variable: value})


def test_the_readme_has_every_variable_and_its_default() -> None:
    from settings import Settings

    readme = (CONTAINER / "README.md").read_text()
    for item in dataclasses.fields(Settings):
        row = next((line for line in readme.splitlines() if line.startswith(f"| `{item.metadata['variable']}` |")), "")
        assert item.metadata["meaning"].split(";")[0] in row, item.metadata["variable"]


def test_nginx_configuration() -> None:
    from serving.nginx import render
    from settings import Settings

    text = render(Settings(workers=3, max_body=1000, timeout=1.5, multi_model=True), 1024)
    assert text.count("server unix:worker-") == 3 and "client_max_body_size 1000;" in text
    assert "proxy_read_timeout 1900ms;" in text and "location /models" in text and "@" not in text.replace("@ ", "")
    alone = render(Settings(workers=1), 64)
    assert alone.count("server unix:worker-0.sock") == 2, "a second try of one worker waits for its replacement"
    assert "worker_connections 40;" in alone and "location /models" not in alone


def test_the_bill_of_materials_is_the_training_container_s() -> None:
    assert (CONTAINER / "sbom.py").read_bytes() == (CONTAINER.parent / "training" / "sbom.py").read_bytes()
