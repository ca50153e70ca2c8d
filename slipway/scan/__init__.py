"""Runs checkov and Slipway's own rules over the synthesized stacks of an environment: `slipway.scan.scan.scan`."""
