"""Many endpoints in one file: anchors and merge keys make each of them one short line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from slipway.config.load import load_environment
from slipway.config.problems import ConfigErrors
from tests.config.support import HEADER, project

TEMPLATES = """\
x-variant: &variant { variant_name: main, model: wine, instance_type: ml.c5.large, initial_instance_count: 2 }
x-endpoint: &endpoint
  hosting: { kind: instances }
  variants: [*variant]
  log_retention_in_days: 30
  autoscaling:
    main:
      min_capacity: 2
      max_capacity: 6
      policies: [{ kind: target_tracking, name: load, metric: SageMakerVariantInvocationsPerInstance, target_value: 300 }]
x-container: &container { container: { image: inference } }
"""


def compact(count: int) -> str:
    """An environment with `count` models and `count` endpoints, two short lines each."""
    names = [f"m{index:03d}" for index in range(count)]
    models = "".join(f"  {name}: *container\n" for name in names)
    endpoints = "".join(f"  {name}: {{ <<: *endpoint, variants: [{{ <<: *variant, model: {name} }}] }}\n" for name in names)
    return f"{HEADER}{TEMPLATES}models:\n{models}endpoints:\n{endpoints}"


def test_fifty_endpoints_are_fifty_short_lines(tmp_path: Path) -> None:
    text = compact(50)
    assert max(map(len, text.partition("endpoints:\n")[2].splitlines())) <= 80
    config = load_environment("dev", project(tmp_path, dev=text))
    assert len(config.endpoints) == 51
    assert config.endpoints["m007"].variants[0].model == "m007"
    assert config.endpoints["m007"].variants[0].initial_instance_count == 2
    assert config.endpoints["m007"].autoscaling["main"].max_capacity == 6


def test_an_option_of_one_of_them_can_differ(tmp_path: Path) -> None:
    text = compact(3).replace("model: m001 }]", "model: m001 }], log_retention_in_days: 7")
    endpoints = load_environment("dev", project(tmp_path, dev=text)).endpoints
    assert [endpoints[name].log_retention_in_days for name in ("m000", "m001", "m002")] == [30, 7, 30]


def test_a_mistake_in_the_template_is_reported_once_and_one_in_a_line_at_that_line(tmp_path: Path) -> None:
    text = compact(50).replace("max_capacity: 6", "max_capcity: 6").replace("model: m007 }", "model: m07 }")
    with pytest.raises(ConfigErrors) as raised:
        load_environment("dev", project(tmp_path, dev=text))
    first, second = map(str, raised.value.problems)
    assert first == "environments/dev.yaml:10:7 endpoints.m000.autoscaling.main.max_capcity: unknown option; did you mean max_capacity?"
    assert second.startswith("environments/dev.yaml:72:60 endpoints.m007.variants[0].model: unknown model 'm07'; did you mean m0")


def test_templates_stay_in_their_file(tmp_path: Path) -> None:
    root = project(tmp_path, dev=HEADER + "endpoints: { a: *endpoint }\n")
    defaults = root / "environments" / "_defaults.yaml"
    defaults.write_text(TEMPLATES + defaults.read_text())
    with pytest.raises(ConfigErrors, match=r"alias \*endpoint has no anchor before it"):
        load_environment("dev", root)


def test_five_hundred_endpoints_load(tmp_path: Path) -> None:
    root = project(tmp_path, dev=compact(500))
    started = time.process_time()
    assert len(load_environment("dev", root).endpoints) == 501
    assert time.process_time() - started < 5  # bench/ has the exact figure; this only notices a quadratic slip
