"""Tests of slipway.cost."""
