"""AWS Lambda: packaged handlers run in processes of their own, with the limits, metrics and logs of the service."""
