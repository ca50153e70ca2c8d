"""Run a container exactly as SageMaker would: as a process with its own root folder, or by docker or podman."""
