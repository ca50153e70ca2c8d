"""A CodePipeline that tests, scans, plans and deploys environments in order."""
