"""Translates the short form of a template, as AWS does when it is deployed, and prints the long one as JSON.

Nothing is asked of AWS. What is uploaded before a deployment is said to be uploaded.
"""

import json
import os
import sys

from samtranslator.parser.parser import Parser
from samtranslator.public.exceptions import InvalidDocumentException
from samtranslator.translator.transform import Translator
from samtranslator.yaml_helper import yaml_parse

# Where the managed policies of AWS are, which it would look up.
LOGS = "service-role/AWSLambdaBasicExecutionRole"
POLICIES = {"AWSLambdaBasicExecutionRole": f"arn:aws:iam::aws:policy/{LOGS}"}
# What is there for people, or names the language.
TEXT_KEYS = ("AWSTemplateFormatVersion", "Description", "Transform")


def uploaded(template):
    """The template with a place in S3 for each folder of the program of a function."""
    properties = [template.get("Globals", {}).get("Function", {})]
    for resource in template.get("Resources", {}).values():
        if resource.get("Type") == "AWS::Serverless::Function":
            properties.append(resource["Properties"])
    for each in properties:
        if "CodeUri" in each:
            each["CodeUri"] = f"s3://uploaded/{os.path.basename(os.path.normpath(each['CodeUri']))}"
    return template


def read(path):
    """The short form in a file."""
    with open(path, encoding="utf-8") as file:
        return yaml_parse(file)


def long_form(template):
    """The long form of a short one, which is lost thereby."""
    # The translator wants to know a region, and whose words it reads.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    return Translator(POLICIES, Parser()).translate(uploaded(template), {})


def main():
    try:
        translated = long_form(read(sys.argv[1]))
    except InvalidDocumentException as error:
        sys.exit("\n".join([error.message, *(cause.message for cause in error.causes)]))
    json.dump(translated, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
