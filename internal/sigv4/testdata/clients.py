"""Signs requests with the clients that people have: usage clients.py CLIENT PORT.

The credentials come from the environment (AWS_ACCESS_KEY_ID and so on). The
exit status is 0 when the server accepted every request.
"""
import http.client
import os
import sys
import urllib.parse

PORT = int(sys.argv[2])
KEY = os.environ["AWS_ACCESS_KEY_ID"]
SECRET = os.environ["AWS_SECRET_ACCESS_KEY"]
TOKEN = os.environ.get("AWS_SESSION_TOKEN")
ID = "1502631977930-rabioh"


def boto2():
    from boto.elastictranscoder.layer1 import ElasticTranscoderConnection
    from boto.regioninfo import RegionInfo

    for host in ("127.0.0.1", "localhost"):
        c = ElasticTranscoderConnection(
            aws_access_key_id=KEY, aws_secret_access_key=SECRET, security_token=TOKEN,
            is_secure=False, port=PORT, host=host, region=RegionInfo(name="us-east-1", endpoint=host))
        c.list_pipelines()
        c.list_pipelines(ascending="True", page_token="a b+c/d=e&f~g*é%41")
        c.list_jobs_by_pipeline(ID, ascending=True)
        c.list_jobs_by_status("Submitted")
        c.read_job(ID)
        c.create_job(pipeline_id=ID, input_name={"Key": "in é.mp4"}, output={"Key": "/out", "PresetId": ID})
        c.create_pipeline("n", "in", "out", "arn:aws:iam::000000000000:role/r",
                          {"Progressing": "", "Completed": "", "Warning": "", "Error": ""})
        c.update_pipeline(ID, name="x")
        c.update_pipeline_status(ID, "Paused")
        c.delete_preset(ID)
        c.cancel_job(ID)


def botocore():
    import botocore.config
    import botocore.session

    for host in ("127.0.0.1", "localhost"):
        s = botocore.session.Session()
        c = s.create_client("elastictranscoder", region_name="eu-west-1",
                            endpoint_url="http://%s:%d" % (host, PORT),
                            config=botocore.config.Config(retries={"max_attempts": 0}))
        c.list_pipelines()
        c.list_presets(Ascending="true", PageToken="a b+c/d=e&f~g*é%41")
        c.list_jobs_by_status(Status="Submitted")
        c.read_job(Id=ID)
        for odd in ("a b", "a/b", "a//b", "../x", "%41", "ü", "~._-", "a:b@c*(!)'"):
            c.read_job(Id=odd)
        c.create_job(PipelineId=ID, Input={"Key": "in é.mp4"}, Output={"Key": "/out", "PresetId": ID})
        c.update_pipeline(Id=ID, Name="x")
        c.update_pipeline_status(Id=ID, Status="Paused")
        c.delete_preset(Id=ID)
        c.cancel_job(Id=ID)


def send(request):
    url = urllib.parse.urlsplit(request.url)
    conn = http.client.HTTPConnection(url.hostname, url.port)
    target = url.path + ("?" + url.query if url.query else "")
    conn.request(request.method, target, body=request.body,
                 headers={k: v for k, v in request.headers.items()})
    response = conn.getresponse()
    if response.status >= 300:
        sys.exit("%s %s: %d %s" % (request.method, request.url, response.status, response.read()))


def bare():
    """botocore's signers without its HTTP client: odd headers, Date, presigned."""
    from botocore.auth import SigV4Auth, SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    creds = Credentials(KEY, SECRET, TOKEN)
    base = "http://127.0.0.1:%d/2012-09-25" % PORT

    def signed(signer, method, path, data=b"", **headers):
        request = AWSRequest(method=method, url=base + path, data=data,
                             headers={k.replace("_", "-"): v for k, v in headers.items()})
        signer(creds, "elastictranscoder", "us-east-1").add_auth(request)
        send(request.prepare())

    signed(SigV4Auth, "GET", "/pipelines", Date="now")
    signed(SigV4Auth, "GET", "/pipelines/", X_Amz_Target="a   b", X_Custom="  x  y\tz ")
    signed(SigV4Auth, "GET", "//pipelines/./x/../y/")
    signed(SigV4Auth, "POST", "/jobs", data=b'{"a":1}', Content_Type="application/x-amz-json-1.0")
    signed(SigV4QueryAuth, "GET", "/pipelines")
    signed(SigV4QueryAuth, "GET", "/jobs/a%20b?Ascending=true&PageToken=a%20b%2Bc%7E")
    signed(SigV4QueryAuth, "DELETE", "/jobs/" + ID, X_Amz_Content_SHA256="UNSIGNED-PAYLOAD")


{"boto2": boto2, "botocore": botocore, "bare": bare}[sys.argv[1]]()
