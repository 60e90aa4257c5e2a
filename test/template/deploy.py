"""Deploys transformed templates, as transform.py printed them, into moto's
CloudFormation, and prints as JSON what then stands there, asked of each service.

    python3 deploy.py [FILE NAME=VALUE...] <templates.json

FILE is the template to deploy, the root unless one is named, with its parameters.

moto has all the services but its CloudFormation lacks some of their types. Those
are taught to it in lacking.py; any other that it does not know is an error here.
"""

import ast
import io
import json
import os
import sys
import warnings
import zipfile

os.environ.update(
    AWS_DEFAULT_REGION="eu-central-1", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test"
)

import boto3
from moto import mock_aws

import lacking  # noqa: F401


def upload(templates):
    """Does what `sam deploy` does before it deploys: everything goes to a bucket."""
    s3 = boto3.client("s3")
    s3.create_bucket(
        Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("bootstrap", "")
    for name, template in templates.items():
        s3.put_object(Bucket="artifacts", Key=name, Body=json.dumps(template))
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Lambda::Function":
                s3.put_object(
                    Bucket="artifacts",
                    Key=resource["Properties"]["Code"]["S3Key"],
                    Body=archive.getvalue(),
                )


def stacks(client):
    return {
        stack["StackName"]: {
            "status": stack["StackStatus"],
            "outputs": {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])},
        }
        for stack in client.describe_stacks()["Stacks"]
    }


def functions():
    client, iam = boto3.client("lambda"), boto3.client("iam")
    found = {}
    for function in client.list_functions()["Functions"]:
        role = function["Role"].split("/")[-1]
        found[function["FunctionName"]] = {
            "environment": function.get("Environment", {}).get("Variables", {}),
            "aliases": [a["AliasArn"] for a in client.list_aliases(FunctionName=function["FunctionName"])["Aliases"]],
            "statements": [
                statement
                for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
                for statement in document(iam.get_role_policy(RoleName=role, PolicyName=policy))["Statement"]
                if statement  # moto leaves something empty where a condition takes a statement away
            ],
            "managed": iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"],
            "invokers": invokers(client, function["FunctionName"]),
        }
    return found


def document(policy):
    """A policy's document, which moto returns as Python prints it."""
    text = policy["PolicyDocument"]
    return text if isinstance(text, dict) else ast.literal_eval(text)


def invokers(client, function):
    """Who may invoke the function, from where."""
    try:
        policy = client.get_policy(FunctionName=function)["Policy"]
    except client.exceptions.ResourceNotFoundException:
        return []
    return json.loads(policy)["Statement"]


def tables():
    """moto's CloudFormation leaves out the TTL and the point-in-time recovery."""
    client = boto3.client("dynamodb")
    found = {}
    for name in client.list_tables()["TableNames"]:
        table = client.describe_table(TableName=name)["Table"]
        found[name] = {
            "keys": {k["KeyType"]: k["AttributeName"] for k in table["KeySchema"]},
            "protected": str(table["DeletionProtectionEnabled"]).lower() == "true",
        }
    return found


def apis():
    client = boto3.client("apigatewayv2")
    found = {}
    for api in client.get_apis()["Items"]:
        key = api["ApiId"]
        uris = {i["IntegrationId"]: i["IntegrationUri"] for i in client.get_integrations(ApiId=key)["Items"]}
        found[key] = {
            "stages": [stage["StageName"] for stage in client.get_stages(ApiId=key)["Items"]],
            "routes": {
                route["RouteKey"]: uris[route["Target"].removeprefix("integrations/")]
                for route in client.get_routes(ApiId=key)["Items"]
            },
        }
    return found


def rest_apis():
    client = boto3.client("apigateway")
    return {
        api["name"]: {
            "stages": [stage["stageName"] for stage in client.get_stages(restApiId=api["id"])["item"]],
            "routes": [
                f"{method} {resource['path']}"
                for resource in client.get_resources(restApiId=api["id"])["items"]
                for method in resource.get("resourceMethods", {})
            ],
        }
        for api in client.get_rest_apis()["items"]
    }


def rules():
    client = boto3.client("events")
    return {
        rule["ScheduleExpression"]: [t["Arn"] for t in client.list_targets_by_rule(Rule=rule["Name"])["Targets"]]
        for rule in client.list_rules()["Rules"]
    }


def streams():
    client = boto3.client("lambda")
    return [
        {"source": mapping["EventSourceArn"], "function": mapping["FunctionArn"]}
        for mapping in client.list_event_source_mappings()["EventSourceMappings"]
    ]


@mock_aws
def main():
    warnings.simplefilter("error", UserWarning)  # a type that moto does not know
    templates = json.load(sys.stdin)
    upload(templates)
    client = boto3.client("cloudformation")
    file, *given = sys.argv[1:] or ["template.yaml"]
    client.create_stack(
        StackName="ostiary",
        TemplateBody=json.dumps(templates[file]),
        Parameters=[dict(zip(("ParameterKey", "ParameterValue"), p.split("=", 1))) for p in given],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    logs = boto3.client("logs").describe_log_groups()["logGroups"]
    json.dump(
        {
            "stacks": stacks(client),
            "functions": functions(),
            "tables": tables(),
            "http_apis": apis(),
            "rest_apis": rest_apis(),
            "rules": rules(),
            "streams": streams(),
            "log_groups": {group["logGroupName"]: group.get("retentionInDays", 0) for group in logs},
            "keys": [key["KeyArn"] for key in boto3.client("kms").list_keys()["Keys"]],
        },
        sys.stdout,
        default=str,
    )


main()
