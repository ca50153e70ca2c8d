"""A custom domain name."""

from __future__ import annotations

from constructs import Construct

from modules._shared.provider import aws
from modules.api.options import Domain


class CustomDomain(Construct):
    """The name, and its mapping to the stage. `target` and `zone_id` are what the DNS record points at."""

    def __init__(self, scope: Construct, id: str, *, spec: Domain, api_id: str, stage_name: str) -> None:
        super().__init__(scope, id)
        name = aws.api_gateway_domain_name.ApiGatewayDomainName(
            self,
            "domain_name",
            domain_name=spec.domain_name,
            regional_certificate_arn=spec.regional_certificate_arn,
            security_policy=spec.security_policy,
            endpoint_configuration={"types": ["REGIONAL"]},
        )
        aws.api_gateway_base_path_mapping.ApiGatewayBasePathMapping(
            self, "mapping", domain_name=name.domain_name, api_id=api_id, stage_name=stage_name, base_path=spec.base_path
        )
        self.target: str = name.regional_domain_name
        self.zone_id: str = name.regional_zone_id
