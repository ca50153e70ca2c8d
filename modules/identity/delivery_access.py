"""What planning the delivery stack calls. Pure: loads no toolkit.

Nothing for the deploy role: the pipeline deploys with it, and a pipeline that may change itself can leave out its own tests and
approvals. Whoever administers the account applies this stack (`slipway deploy ENV --stack delivery`).
"""

from __future__ import annotations

from modules._shared.naming import Naming
from modules.identity.access import Access, actions, prefix
from modules.identity.role_access import READ_ROLE
from modules.identity.shared_access import READ_BUCKET
from modules.identity.statements import bucket_arn


def delivery(naming: Naming) -> list[Access]:
    """Rows of the delivery stack; CodeConnections names a connection by a generated id."""
    name = f"{prefix(naming)}delivery"
    rules = (naming.arn("events", f"rule/{name}-*"),)
    connections = tuple(naming.arn(service, "connection/*") for service in ("codeconnections", "codestar-connections"))
    read_connection = ("GetConnection", "ListTagsForResource")
    return [
        Access("Pipeline", (naming.arn("codepipeline", name),), plan=actions("codepipeline", "GetPipeline", "ListTagsForResource")),
        Access("Builds", (naming.arn("codebuild", f"project/{name}-*"),), plan=actions("codebuild", "BatchGetProjects")),
        Access(
            "Connections",
            connections,
            plan=(*actions("codeconnections", *read_connection), *actions("codestar-connections", *read_connection)),
        ),
        Access("BuildStarts", rules, plan=actions("events", "DescribeRule", "ListTagsForResource", "ListTargetsByRule")),
        Access("BuildRoles", (naming.arn("iam", f"role/{name}*", region=False),), plan=READ_ROLE),
        Access("BuildLogs", (naming.arn("logs", f"log-group:/aws/codebuild/{name}"),), plan=actions("logs", "ListTagsForResource")),
        Access("BuildArtifacts", (bucket_arn(naming, naming.bucket("delivery")),), plan=READ_BUCKET),
    ]
