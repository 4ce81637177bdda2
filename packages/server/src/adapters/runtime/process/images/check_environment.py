"""Checks what an installer says it installed, and writes down the exact versions.

Run by the environment's own interpreter: check_environment.py ENVIRONMENT. A killed installer can leave packages with files missing that
every tool calls installed; only RECORD (PEP 376) against the disk tells.
"""

import csv
import os
import sys
from importlib import metadata


def main(environment):
    versions = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        versions[name.lower()] = f"{name}=={distribution.version}"
        site = str(distribution.locate_file(""))
        record = distribution.read_text("RECORD")
        if record is None:
            sys.exit(f"{name} was not installed completely: it has no RECORD")
        for path, _digest, size in csv.reader(record.splitlines()):
            check(name, os.path.join(site, path), size)
    with open(os.path.join(environment, "constraints.txt"), "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for _, line in sorted(versions.items()))


def check(name, path, size):
    try:
        found = os.lstat(path).st_size
    except FileNotFoundError:
        sys.exit(f"{name} was not installed completely: {path} is missing")
    if size and found != int(size):
        sys.exit(f"{name} was not installed completely: {path} has {found} bytes instead of {size}")


main(sys.argv[1])
