"""What every module shares: naming, the spec base, typed outputs, the provider seam."""
