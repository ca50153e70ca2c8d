"""The main job from beginning to end on the local AWS: what `make demo` runs."""
