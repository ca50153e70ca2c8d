"""An account with the small container of the job tests, for each test."""

from tests.localaws.jobs.conftest import image, jobs

__all__ = ["image", "jobs"]
