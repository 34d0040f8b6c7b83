"""Runs the AWS command line for the tests, without loading it anew each time.

Reads the arguments of one command a line from standard input, as a JSON array,
and writes {"status": ..., "stdout": ..., "stderr": ...}. Each command runs in a
process of its own, forked from this one, as /usr/bin/aws would run it.
"""

import json
import os
import sys
import tempfile

import awscli.clidriver


def run_here(arguments, stdout, stderr):
    os.dup2(stdout.fileno(), 1)
    os.dup2(stderr.fileno(), 2)
    sys.argv = ["aws"] + arguments
    status = 255
    try:
        status = awscli.clidriver.main()
    except SystemExit as e:
        status = e.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def run(arguments):
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        child = os.fork()
        if child == 0:
            run_here(arguments, stdout, stderr)
        _, status = os.waitpid(child, 0)
        stdout.seek(0)
        stderr.seek(0)
        return {"status": os.waitstatus_to_exitcode(status), "stdout": stdout.read(), "stderr": stderr.read()}


def main():
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


main()
