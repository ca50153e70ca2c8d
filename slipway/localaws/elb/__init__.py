"""Application load balancers: requests to `*.elb.amazonaws.com` reach the tasks' real processes."""
