"""Prints the templates of the repository as CloudFormation gets them, as one JSON
object by file name: what `sam deploy` sends, after the SAM transform.

    python3 transform.py ROOT template.yaml infra/data.yaml ...
"""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


def packaged(name, resource):
    """Does to a resource what `sam package` does: what lay in a folder lies in S3."""
    properties = resource.get("Properties", {})
    if resource["Type"] == "AWS::Serverless::Function":
        properties["CodeUri"] = f"s3://artifacts/{name}.zip"
    if resource["Type"] == "AWS::Serverless::Application":
        properties["Location"] = f"https://artifacts.s3.amazonaws.com/{properties['Location']}"


def main():
    root, files = sys.argv[1], sys.argv[2:]
    transformed = {}
    for file in files:
        with open(os.path.join(root, file)) as text:
            template = yaml_parse(text.read())
        for name, resource in template["Resources"].items():
            packaged(name, resource)
        if "Transform" in template:
            template = transform(template, {}, None)
        transformed[file] = template
    json.dump(transformed, sys.stdout)


main()
