"""Tests of slipway.batch."""
