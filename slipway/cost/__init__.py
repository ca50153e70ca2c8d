"""What an environment costs in the units AWS bills: hours, gigabyte-seconds, keys. Prices come from the user or from AWS."""
