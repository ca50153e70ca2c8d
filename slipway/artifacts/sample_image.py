"""Process images: a container folder in `docker save` form, written without a container engine; same files, same bytes.

Such an image holds the program alone, without interpreter or libraries. The local SageMaker (and the contract tester) run it
as processes, with the Python environment of its `requirements.txt`. It can be pushed, pinned by digest and released like any
other image, but only to the local AWS: SageMaker itself could not start it.
"""

from __future__ import annotations

import hashlib
import io
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path

from slipway.artifacts import framing
from slipway.artifacts.image_writer import canonical_json, write_image_archive
from slipway.artifacts.pack import Entry, collect, content
from slipway.containers.dockerfile import IMAGE_PATH, ImageConfig, read_dockerfile
from slipway.containers.layout import MODEL_REQUIREMENTS, PROGRAM, image_files

LABEL = "slipway.image"
"""Label of the images that Slipway writes itself."""
PROCESS = "process"
"""Its value on a process image."""
_CREATED = "1980-01-01T00:00:00Z"
_ACCEPT_PORT = "com.amazonaws.sagemaker.capabilities.accept-bind-to-port"


def build_image_archive(folder: Path, target: Path, *, architecture: str = "amd64", model_requirements: Path | None = None) -> str:
    """Write the process image of a container folder to `target`; its layer's diff id.

    The files that the Dockerfile copies lie where it says, its ENTRYPOINT, ENV, WORKDIR and LABELs become the config; a folder
    without a Dockerfile lies under `/opt/program` as it is. `model_requirements` is the model's own `code/requirements.txt`.
    InputError for a Dockerfile that cannot be understood, ArchiveRefused for files that cannot be packed.
    """
    config, files = _described(folder)
    if model_requirements is not None:
        files[f"{PROGRAM}/{MODEL_REQUIREMENTS}"] = model_requirements
    layer = io.BytesIO()
    stored = framing.StoredGzip(layer)
    diff = hashlib.sha256()
    for chunk in _layer_tar(files):
        stored.write(chunk)
        diff.update(chunk)
    stored.close()
    diff_id = f"sha256:{diff.hexdigest()}"
    document = _image_config(config, architecture, diff_id)
    write_image_archive(target, document, [layer.getvalue()])
    return diff_id


def _described(folder: Path) -> tuple[ImageConfig, dict[str, Path]]:
    dockerfile = folder / "Dockerfile"
    if dockerfile.is_file():
        config = read_dockerfile(dockerfile)
        return config, image_files(folder, config)
    plain = ImageConfig(("python", f"{PROGRAM}/serve.py"), {"PATH": IMAGE_PATH}, PROGRAM)
    return plain, {f"{PROGRAM}/{entry.name}": entry.path for entry in collect(folder.resolve()) if not entry.directory}


def _layer_tar(files: Mapping[str, Path]) -> Iterator[bytes]:
    """The layer's members by name: every folder before what it holds."""
    members: dict[str, Path | None] = {}
    for name, path in files.items():
        members[name] = path
        while (name := posixpath.dirname(name)) != "/":
            members[name] = None
    for name in sorted(members):
        file, short = members[name], name.lstrip("/")
        if file is None:
            yield framing.tar_header(short, 0, directory=True)
            continue
        size = file.stat().st_size
        yield framing.tar_header(short, size, directory=False)
        yield from content(Entry(short, file, size, False))
        yield framing.padding(size)
    yield bytes(2 * framing.BLOCK)


def _image_config(config: ImageConfig, architecture: str, diff_id: str) -> bytes:
    labels = {_ACCEPT_PORT: "true", **config.labels, LABEL: PROCESS}
    if config.base:
        labels["slipway.base"] = config.base
    return canonical_json(
        {
            "architecture": architecture,
            "os": "linux",
            "created": _CREATED,
            "config": {
                "Entrypoint": list(config.entrypoint),
                "Env": [f"{name}={value}" for name, value in sorted(config.environment.items())],
                "ExposedPorts": {"8080/tcp": {}},
                "WorkingDir": config.directory,
                "Labels": labels,
            },
            "rootfs": {"type": "layers", "diff_ids": [diff_id]},
            "history": [{"created": _CREATED, "created_by": "slipway image build --process"}],
        }
    )
