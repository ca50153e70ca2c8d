"""Image repositories (Amazon ECR)."""
