"""Policy scan: checkov in-process and whole-document rules, one report."""
