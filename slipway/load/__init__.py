"""The load tester: open-loop arrivals, latencies free of coordinated omission, checked answers, and what follows from them."""
