"""Code that was uploaded to the platform, by its key: `name@version`, or `name` for the latest version."""

import json
import os
import shutil
import urllib.error
import urllib.parse
import urllib.request

from . import unpack
from .told import Refusal

SECONDS = 120


def fetch(file, target):
    """Puts the code into the folder `target`, which does not exist yet. Answers which version of it that is, for people."""
    dataset = _json(f"datasets/{_quoted(file.name)}", file)
    version = file.version or (dataset["latest"] or {}).get("version")
    if version is None:
        raise Refusal(f"{file.name} has no version yet.")
    os.makedirs(target)
    plain = os.path.join(target, os.path.basename(file.name))
    with _answer(f"files/{urllib.parse.quote(file.name)}?version={version}", file) as answer, open(plain, "xb") as here:
        shutil.copyfileobj(answer, here, 1 << 20)
    # A folder comes as an archive, whatever it is called.
    if dataset["folder"]:
        os.rename(plain, f"{target}.zip")
        unpack.unpack(f"{target}.zip", target, "zip")
        os.unlink(f"{target}.zip")
    elif kind := unpack.kind_of(plain):
        packed = f"{target}.{kind}"
        os.rename(plain, packed)
        unpack.unpack(packed, target, kind)
        os.unlink(packed)
    return f"version {version}"


def _json(path, file):
    with _answer(path, file) as answer:
        return json.load(answer)


def _answer(path, file):
    endpoint, project = os.environ["LAB_ENDPOINT"].rstrip("/"), os.environ.get("LAB_PROJECT", "")
    request = urllib.request.Request(f"{endpoint}/api/projects/{_quoted(project)}/{path}")
    request.add_header("Authorization", f"Bearer {os.environ.get('LAB_API_TOKEN', '')}")
    try:
        # The platform is never behind the proxy that leads to the world.
        return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=SECONDS)
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise Refusal(f"{file.name} could not be fetched: {_detail(error)}") from error
        version = "" if file.version is None else f" with a version {file.version}"
        raise Refusal(f"There is no file {file.name}{version} in the data of project {project}, nor at this path in {os.getcwd()}.") from error
    except OSError as error:
        raise Refusal(f"{file.name} could not be fetched: the platform does not answer at {endpoint} ({error}).") from error


def _detail(error):
    try:
        return json.load(error)["detail"]
    except (ValueError, KeyError, OSError):
        return f"the platform answered {error.code}"


def _quoted(name):
    return urllib.parse.quote(name, safe="")
