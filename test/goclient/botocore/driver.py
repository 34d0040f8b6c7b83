"""Makes botocore send requests for the tests.

Reads one request a line from standard input, sends it, and writes one line when
the answer has come:

    {"operation": "ReadJob", "params": {"Id": "..."}}
    {"error": null}

Members that are null are left out.
"""

import json
import os
import sys

import botocore.session
from botocore import xform_name
from botocore.config import Config


def without_nulls(o):
    return {name: value for name, value in o.items() if value is not None}


def main():
    # What the parameters say does not matter here, so it is not validated.
    config = Config(parameter_validation=False, retries={"max_attempts": 0})
    client = botocore.session.get_session().create_client(
        "elastictranscoder", endpoint_url=os.environ["TEST_ENDPOINT"], config=config
    )
    for line in sys.stdin:
        request, error = json.loads(line, object_hook=without_nulls), None
        try:
            getattr(client, xform_name(request["operation"]))(**request["params"])
        except Exception as e:  # the test says what it thinks of it
            error = repr(e)
        print(json.dumps({"error": error}), flush=True)


main()
