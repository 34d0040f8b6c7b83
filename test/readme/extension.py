import json
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

request = AWSRequest("GET", "http://127.0.0.1:8080/v1/jobs?status=Error")
SigV4Auth(boto3.Session().get_credentials(), "elastictranscoder", "us-east-1").add_auth(request)
with urllib.request.urlopen(urllib.request.Request(request.url, headers=dict(request.headers))) as answer:
    print("jobs in Error:", len(json.load(answer)["jobs"]))
