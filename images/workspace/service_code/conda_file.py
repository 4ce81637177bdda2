"""`environment.yml` as requirements for pip: for images without conda."""

import re
import sys

from .told import Refusal

# Tools of the environment itself.
NO_PACKAGES = ("pip", "setuptools", "wheel")


def requirements(text):
    """Packages of `dependencies` under their names at the package index, then those of `pip:`. Throws `Refusal` for another Python."""
    wanted = []
    for indent, entry in _dependencies(text):
        if entry == "pip:":
            continue
        requirement = entry if indent == "pip" else _requirement(entry)
        if requirement:
            wanted.extend(requirement.split(None, 1) if requirement.startswith("-") else [requirement])
    return wanted


def _dependencies(text):
    """Entries of the list, with `pip` for those of the list inside it."""
    inside, outer = False, None
    for line in text.splitlines():
        bare = re.sub(r"(^|\s)#.*$", "", line).rstrip()
        if not bare:
            continue
        found = re.match(r"(\s*)-\s+(.*)", bare)
        if not found:
            if not bare[0].isspace():
                inside = re.match(r"dependencies\s*:\s*$", bare) is not None
                outer = None
            continue
        if not inside:
            continue
        outer = len(found[1]) if outer is None else outer
        yield ("pip" if len(found[1]) > outer else "conda", found[2].strip().strip("\"'"))


def _requirement(entry):
    """`numpy=1.26`, `conda-forge::numpy>=1.26,<2`, `numpy=1.26.4=py311_0` in pip's words; None for what is no package."""
    found = re.fullmatch(r"(?:[\w./-]+::)?([A-Za-z0-9._-]+)\s*(.*)", entry)
    if not found:
        raise Refusal(f"environment.yml: {entry} is no package.")
    name, version = found[1], found[2].replace(" ", "")
    exact = re.fullmatch(r"=(?!=)([^=]+)(=.*)?", version)
    if exact:
        version = f"=={exact[1]}" if exact[2] or exact[1].endswith("*") else f"=={exact[1]}.*"
    if name == "python":
        _check_python(version)
        return None
    return None if name in NO_PACKAGES else f"{name}{version}"


def _check_python(version):
    here = sys.version_info[:2]
    found = re.match(r"==(\d+)\.(\d+)", version)
    if found and (int(found[1]), int(found[2])) != here:
        raise Refusal(f"environment.yml asks for Python {found[1]}.{found[2]}; this image has {here[0]}.{here[1]}, and no conda that could install another.")
