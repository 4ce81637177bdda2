"""Runs Python code as a service: execute_code.py [CODE] [--requirements-only] [--code-only] [--port PORT]

CODE, else EXECUTE_CODE, is a script, a folder with `__main__.py`, a repository in pip's form (`git+https://…@branch#subdirectory=…`), or
the key of a file of the platform. What lies beside it is installed first: environment.yml, setup.sh, requirements.txt.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from service_code import dependencies, fetched, starting  # noqa: E402
from service_code.told import Refusal  # noqa: E402

# As in sysexits.h: it was set up wrong, and will be wrong the next time too.
MISCONFIGURED = 78


def main(arguments):
    options = parse_arguments(arguments)
    os.umask(0o022)
    home = os.environ.get("LAB_DATA") or os.path.expanduser("~")
    try:
        code = fetched.fetch(options.code or os.environ.get("EXECUTE_CODE", ""), home)
        if not options.requirements_only:
            fetched.check(code)
        own = starting.environment(home)
        if not options.code_only:
            dependencies.install(code.folder, own)
        if not options.requirements_only:
            starting.start(code, own, options.port)
    except Refusal as refusal:
        print(f"execute_code: {refusal}", flush=True)
        sys.exit(MISCONFIGURED)


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(prog="execute_code.py", description="Runs Python code as a service.")
    parser.add_argument("code", nargs="?", help="script, folder with __main__.py, repository or key of a file; default: EXECUTE_CODE")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--requirements-only", action="store_true", help="install what the code needs, and run nothing")
    what.add_argument("--code-only", action="store_true", help="run the code, and install nothing")
    parser.add_argument("--port", type=int, default=starting.DEFAULT_PORT, help="port the code listens on; default: %(default)s")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
