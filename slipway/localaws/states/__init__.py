"""Step Functions: state machines that run."""
