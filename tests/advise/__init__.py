"""Tests of slipway.advise."""
