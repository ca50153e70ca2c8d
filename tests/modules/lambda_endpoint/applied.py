"""The change of the module's example that tests/examples/test_applied.py applies: a new version, and the alias on it."""

CHANGE = ("timeout=20", "timeout=25", {("aws_lambda_function", "update"): 1, ("aws_lambda_alias", "update"): 1})
