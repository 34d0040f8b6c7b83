"""Drives boto2's boto.elastictranscoder for the tests.

Reads one request a line from standard input and writes one answer a line:

    {"do": "call", "operation": "ReadJob", "params": {"Id": "..."}}
    {"result": {...}}  or  {"error": {"class": ..., "message": ..., "status": ...}}

boto2 has neither paginators nor waiters, so "call" is all it does.
"""

import json
import os
import re
import sys

import boto
from boto.elastictranscoder.layer1 import ElasticTranscoderConnection
from boto.exception import BotoServerError
from boto.regioninfo import RegionInfo

boto.config.add_section("Boto")
boto.config.set("Boto", "num_retries", "0")


class Connection(ElasticTranscoderConnection):
    """A connection that can ask for another version of the API."""

    version = os.environ.get("TEST_API_VERSION")

    def make_request(self, verb, resource, *args, **kwargs):
        if self.version:
            resource = resource.replace(self.APIVersion, self.version, 1)
        return super(Connection, self).make_request(verb, resource, *args, **kwargs)


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def call(connection, operation, params):
    arguments = {snake(name): value for name, value in params.items()}
    if "input" in arguments:
        arguments["input_name"] = arguments.pop("input")
    return getattr(connection, snake(operation))(**arguments)


def answer(connection, request):
    try:
        return {"result": call(connection, request["operation"], request["params"])}
    except BotoServerError as e:
        return {"error": {"class": type(e).__name__, "message": e.error_message or e.message, "status": e.status}}
    except Exception as e:  # the test says what it thinks of it
        return {"error": {"class": type(e).__name__, "message": str(e)}}


def main():
    host, port = os.environ["TEST_ADDR"].split(":")
    connection = Connection(
        aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        region=RegionInfo(name="us-east-1", endpoint=host),
        port=int(port),
        is_secure=False,
    )
    for line in sys.stdin:
        print(json.dumps(answer(connection, json.loads(line))), flush=True)


main()
