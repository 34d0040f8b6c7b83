"""Drives boto3, and with it botocore, for the tests.

Reads one request a line from standard input and writes one answer a line:

    {"do": "call", "operation": "ReadJob", "params": {"Id": "..."}}
    {"result": {...}, "status": 200}
    {"do": "pages", ...}  answers {"pages": [{...}, ...]}, by the client's paginator
    {"do": "wait", "operation": "JobComplete", ...}  answers when the client's waiter is content
    {"error": {"class": ..., "code": ..., "message": ..., "status": ...}}
"""

import json
import os
import re
import sys

import boto3
from botocore.exceptions import ClientError, WaiterError


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def ask_for_version(client, version):
    def readdress(params, **_):
        params["url"] = params["url"].replace("2012-09-25", version, 1)

    client.meta.events.register("before-call.elastic-transcoder", readdress)


def plain(result):
    return {"status": result.pop("ResponseMetadata")["HTTPStatusCode"], "result": result}


def answer(client, request):
    name, params = snake(request["operation"]), request["params"]
    try:
        if request["do"] == "pages":
            return {"pages": [plain(page)["result"] for page in client.get_paginator(name).paginate(**params)]}
        if request["do"] == "wait":
            client.get_waiter(name).wait(WaiterConfig={"Delay": 0.2, "MaxAttempts": 600}, **params)
            return {"result": {}}
        return plain(getattr(client, name)(**params))
    except ClientError as e:
        error = e.response["Error"]
        status = e.response["ResponseMetadata"]["HTTPStatusCode"]
        return {"error": {"class": type(e).__name__, "code": error["Code"], "message": error["Message"], "status": status}}
    except WaiterError as e:
        return {"error": {"class": type(e).__name__, "message": str(e)}}
    except Exception as e:  # the test says what it thinks of it
        return {"error": {"class": type(e).__name__, "message": str(e)}}


def main():
    client = boto3.client("elastictranscoder", endpoint_url="http://" + os.environ["TEST_ADDR"])
    if os.environ.get("TEST_API_VERSION"):
        ask_for_version(client, os.environ["TEST_API_VERSION"])
    for line in sys.stdin:
        print(json.dumps(answer(client, json.loads(line))), flush=True)


main()
