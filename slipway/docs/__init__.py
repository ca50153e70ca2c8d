"""Documentation made from the code: module tables, the rules page, the architecture picture."""
