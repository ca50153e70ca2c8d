"""Custom checks for checkov: `checkov --external-checks-dir policies/checks`. Without this file checkov loads none of them, silently."""
