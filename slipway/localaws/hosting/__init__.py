"""Endpoints whose containers really run: states, fleets of instances, rollouts. `live` is what the rest of the local AWS uses."""
