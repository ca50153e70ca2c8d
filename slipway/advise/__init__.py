"""Which hosting kind fits: the limits of each, and what follows from a few numbers about the traffic."""
