"""Actions that the rows of several stacks have in common, without the name of their service. Pure: loads no toolkit."""

from __future__ import annotations

READ_FUNCTION = (
    "GetFunction",
    "GetFunctionCodeSigningConfig",
    "GetFunctionConcurrency",
    "GetFunctionConfiguration",
    "GetPolicy",
    "ListTags",
    "ListVersionsByFunction",
)
"""What planning reads of a Lambda function."""
CHANGE_FUNCTION = (
    "AddPermission",
    "CreateFunction",
    "DeleteFunction",
    "DeleteFunctionConcurrency",
    "PutFunctionConcurrency",
    "RemovePermission",
    "TagResource",
    "UntagResource",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
)
"""What deploying does to a Lambda function."""
CHANGE_LOG_GROUP = (
    "AssociateKmsKey",
    "CreateLogGroup",
    "DeleteLogGroup",
    "DeleteRetentionPolicy",
    "DisassociateKmsKey",
    "PutRetentionPolicy",
    "TagResource",
    "UntagResource",
)
"""What deploying does to a log group."""
CHANGE_ROLE = ("DeleteRole", "TagRole", "UntagRole", "UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription")
"""What deploying does to a role, its permissions left out."""
CHANGE_ROLE_POLICY = ("CreateRole", "DeleteRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy")
"""What decides what a role may do: guarded by a permissions boundary, where one is demanded."""
