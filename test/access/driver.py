"""Drives boto3 for the tests, with credentials of the test's choice.

Reads one request a line from standard input and writes one answer a line:

    {"service": "kms", "operation": "encrypt", "params": {...}, "key": ["id", "secret"]}
    {"result": {...}}
    {"error": {"class": ..., "code": ..., "message": ..., "status": ...}}

Blobs are base64 text in both directions.
"""

import base64
import json
import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

BLOBS = ("Plaintext", "CiphertextBlob")


def answer(request):
    client = boto3.client(
        request["service"],
        endpoint_url=os.environ["ENDPOINT"],
        region_name="us-east-1",
        aws_access_key_id=request["key"][0],
        aws_secret_access_key=request["key"][1],
        config=Config(retries={"total_max_attempts": 1}),
    )
    params = {k: base64.b64decode(v) if k in BLOBS else v for k, v in request["params"].items()}
    try:
        result = getattr(client, request["operation"])(**params)
    except ClientError as e:
        status = e.response["ResponseMetadata"]["HTTPStatusCode"]
        return {"error": {"class": type(e).__name__, **{k.lower(): v for k, v in e.response["Error"].items()}, "status": status}}
    del result["ResponseMetadata"]
    return {"result": result}


def text(value):
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line)), default=text), flush=True)
