"""New environments and new modules, as `slipway new` writes them: complete, and passing the gate as they are."""
