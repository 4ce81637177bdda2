"""The container's command: JupyterLab, or the code that EXECUTE_CODE names in its place.

`--code-only` runs the code and installs nothing, in images that installed it when they were built.
"""

import os
import sys

HERE = os.path.dirname(os.path.realpath(__file__))


def main(arguments):
    code = "--code-only" in arguments or os.environ.get("EXECUTE_CODE")
    program = ["execute_code.py"] if code else ["start.py", "--port", "8888"]
    os.execv(sys.executable, [sys.executable, os.path.join(HERE, program[0]), *program[1:], *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
