"""What is allowed: rules over synthesized Terraform JSON. Pure: loads no cdktf, jsii or boto3."""
