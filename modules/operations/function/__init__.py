"""Stops and starts endpoints, and reports idle ones. Runs in Lambda, and in `slipway stop` and `slipway start`."""
