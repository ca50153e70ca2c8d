"""One rule, one file, one id. `policies.catalog` collects them; RULES.md lists them."""
