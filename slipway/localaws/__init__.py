"""The built-in local AWS: moto's server plus what it lacks, on one loopback port. See README.md."""
