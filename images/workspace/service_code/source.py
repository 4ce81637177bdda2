"""What `EXECUTE_CODE` names: a path, a repository, or a file of the platform."""

import os
import re
from dataclasses import dataclass

from . import vcs
from .told import Refusal


@dataclass(frozen=True)
class Local:
    path: str


@dataclass(frozen=True)
class PlatformFile:
    name: str
    version: "int | None"


def parse(text):
    """A `Local`, a `vcs.Address` or a `PlatformFile`. Variables as `${NAME}` are filled in, as pip does, so that no address holds a password."""
    text = _filled(text.strip())
    if not text:
        raise Refusal("No code is named: set EXECUTE_CODE to a script, a folder with __main__.py, an address like git+https://…, or the key of an uploaded file.")
    address = vcs.parse(text)
    if address:
        return address
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        raise Refusal(f"{text} is not an address code can be fetched from: begin with git+, hg+, svn+ or bzr+, as pip does.")
    if text.startswith("models:/"):
        raise Refusal(f"{text} is a model: code lies in the data of the project.")
    if os.path.isabs(text) or text.startswith(("./", "../", "~")) or os.path.exists(text):
        return Local(os.path.abspath(os.path.expanduser(text)))
    if not os.environ.get("LAB_ENDPOINT"):
        raise Refusal(f"There is no {text} in {os.getcwd()}.")
    found = re.fullmatch(r"(.+)@(\d+)", text)
    return PlatformFile(found[1], int(found[2])) if found else PlatformFile(text, None)


def _filled(text):
    def value(match):
        if match[1] not in os.environ:
            raise Refusal(f"EXECUTE_CODE needs the variable {match[1]}, which is not set.")
        return os.environ[match[1]]

    return re.sub(r"\$\{([A-Z0-9_]+)\}", value, text)
