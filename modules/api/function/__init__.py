"""The code of the Lambda function between API Gateway and the endpoints. Needs boto3 only, which the runtime ships."""
