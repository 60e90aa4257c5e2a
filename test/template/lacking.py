"""The CloudFormation types that moto lacks although it has their services, each as
the one call that CloudFormation makes for it."""

import json
import re

import boto3
from moto.apigateway.models import RestAPI
from moto.awslambda.models import LambdaVersion
from moto.cloudformation.models import Stack
from moto.core.common_models import CloudFormationModel


def teach(kind, make):
    """Lets moto make a type, as long as the class returned is kept. make gets the
    resource's properties and returns its identifier and its attributes."""

    class Taught(CloudFormationModel):
        __module__ = "moto.cloudformation.lacking"  # moto reads the service from it

        def __init__(self, identifier, attributes):
            self.physical_resource_id, self.attributes = identifier, attributes

        @staticmethod
        def cloudformation_type():
            return kind

        @staticmethod
        def cloudformation_name_type():
            return ""

        @classmethod
        def has_cfn_attr(cls, attr):
            return True

        def get_cfn_attribute(self, name):
            return self.attributes[name]

        @classmethod
        def create_from_cloudformation_json(cls, name, template, account, region, **_):
            return cls(*make(template["Properties"]))

    return Taught


def calls(service, operation, identifier):
    """A type whose properties are the parameters of a call."""

    def make(properties):
        made = getattr(boto3.client(service), operation)(**properties)
        return made[identifier], made

    return make


def rest_stage(properties):
    boto3.client("apigateway").create_stage(
        restApiId=properties["RestApiId"],
        stageName=properties["StageName"],
        deploymentId=properties["DeploymentId"].id,
    )
    return properties["StageName"], {}


TAUGHT = [
    teach("AWS::Lambda::Alias", calls("lambda", "create_alias", "AliasArn")),
    teach("AWS::ApiGatewayV2::Api", calls("apigatewayv2", "create_api", "ApiId")),
    teach("AWS::ApiGatewayV2::Integration", calls("apigatewayv2", "create_integration", "IntegrationId")),
    teach("AWS::ApiGatewayV2::Route", calls("apigatewayv2", "create_route", "RouteId")),
    teach("AWS::ApiGatewayV2::Stage", calls("apigatewayv2", "create_stage", "StageName")),
    teach("AWS::ApiGateway::Stage", rest_stage),
]

rest_api = RestAPI.create_from_cloudformation_json


def with_body(cls, name, template, account, region, **more):
    """moto makes the API but leaves out its OpenAPI document."""
    api = rest_api(name, template, account, region, **more)
    boto3.client("apigateway").put_rest_api(
        restApiId=api.id, body=json.dumps(template["Properties"]["Body"]), mode="overwrite"
    )
    return api


RestAPI.create_from_cloudformation_json = classmethod(with_body)


def nested_output(stack, name):
    """moto deploys nested stacks but cannot say what they put out."""
    return stack.output_map[name.removeprefix("Outputs.")].value


Stack.get_cfn_attribute = nested_output
LambdaVersion.get_cfn_attribute = lambda version, name: {"Version": str(version.version)}[name]
