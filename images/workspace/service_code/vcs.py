"""Code from version control, by pip's form of an address: `git+https://host/repository.git@branch#subdirectory=folder`."""

import os
import re
import shutil
import sys
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from .told import Refusal, hidden, run

CLIENTS = {
    "git": ("Git", ("git",)),
    "hg": ("Mercurial", ("hg",)),
    "svn": ("Subversion", ("svn",)),
    "bzr": ("Bazaar", ("bzr", "brz")),
}
QUIET = {"GIT_TERMINAL_PROMPT": "0", "HGPLAIN": "1", "BZR_PROGRESS_BAR": "none", "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True)
class Address:
    system: str
    url: str
    revision: "str | None"
    folder: str
    text: str


def parse(text):
    """None if it is no address of version control. Throws `Refusal` if it is one that cannot be."""
    found = re.match(r"(git|hg|svn|bzr)\+", text)
    if not found:
        return None
    system = found[1]
    parts = urlsplit(text[found.end() :])
    # Subversion knows this scheme under its whole name; Launchpad's has no host.
    scheme = "svn+ssh" if (system, parts.scheme) == ("svn", "ssh") else parts.scheme
    if not scheme or not (parts.netloc or parts.path):
        raise Refusal(f"{hidden(text)} is not an address: a scheme like https:// follows {system}+.")
    path, at, revision = parts.path.rpartition("@") if "@" in parts.path else (parts.path, "", "")
    if at and (not revision or revision.startswith("-")):
        raise Refusal(f"{hidden(text)} names no branch, tag or commit after the @.")
    folder = unquote(parse_qs(parts.fragment).get("subdirectory", [""])[0]).strip("/")
    if ".." in folder.split("/"):
        raise Refusal(f"The subdirectory {folder} lies outside of the repository.")
    url = f"lp:{path}" if scheme == "lp" else urlunsplit((scheme, parts.netloc, path, parts.query, ""))
    return Address(system, url, unquote(revision) or None, folder, hidden(text))


def fetch(address, target):
    """Puts the repository into `target`, which does not exist yet. Answers which version of it that is, for people."""
    title, programs = CLIENTS[address.system]
    program = next((found for name in programs if (found := shutil.which(name))), None)
    if program is None:
        raise Refusal(f"{address.text} needs {title}, and the program {programs[0]} is not in this image. Install it there, or use another address.")

    def tool(*arguments, folder=None, failing=f"{address.text} could not be fetched", quiet=False):
        return run([program, *arguments], failing, folder, _variables(), quiet)

    return {"git": _git, "hg": _hg, "svn": _svn, "bzr": _bzr}[address.system](address, target, tool)


def _variables():
    # Bazaar and Mercurial are programs of the system's Python: in ours they would look for themselves in vain.
    ours = (sys.prefix, os.environ.get("VIRTUAL_ENV") or sys.prefix)
    places = os.environ.get("PATH", "").split(os.pathsep)
    own = [place for place in places if place.startswith(tuple(f"{prefix}{os.sep}" for prefix in ours))]
    path = os.pathsep.join([*(place for place in places if place not in own), *own])
    kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")}
    return {**kept, **QUIET, "PATH": path}


def _git(address, target, tool):
    wanted = address.revision
    if wanted is None:
        try:
            tool("clone", "--quiet", "--depth", "1", "--", address.url, target, quiet=True)
        except Refusal:
            # Servers of plain files know no shallow copies.
            shutil.rmtree(target, ignore_errors=True)
            tool("clone", "--quiet", "--", address.url, target)
    else:
        unknown = f"{address.text}: there is no branch, tag or commit {wanted}"
        tool("clone", "--quiet", "--no-checkout", "--", address.url, target)
        if not any(_is_in(tool, target, name) for name in (wanted, f"origin/{wanted}")):
            # A commit no branch leads to, or a reference like refs/pull/7/head.
            tool("fetch", "--quiet", "origin", wanted, folder=target, failing=unknown)
        names = (f"refs/remotes/origin/{wanted}", f"refs/tags/{wanted}", wanted, "FETCH_HEAD")
        commit = next(name for name in names if _is_in(tool, target, name))
        tool("checkout", "--quiet", "--detach", commit, folder=target, failing=unknown)
    tool("submodule", "--quiet", "update", "--init", "--recursive", folder=target)
    return f"commit {tool('rev-parse', 'HEAD', folder=target, quiet=True)[-1][:12]}"


def _is_in(tool, target, name):
    try:
        tool("cat-file", "-e", f"{name}^{{commit}}", folder=target, quiet=True)
    except Refusal:
        return False
    return True


def _hg(address, target, tool):
    tool("clone", "--quiet", "--noupdate", "--", address.url, target)
    failing = f"{address.text}: there is no branch, tag or changeset {address.revision}"
    tool("update", "--quiet", *(["--rev", address.revision] if address.revision else []), folder=target, failing=failing)
    return f"changeset {tool('identify', '--id', folder=target, quiet=True)[-1]}"


def _svn(address, target, tool):
    revision = ["--revision", address.revision] if address.revision else []
    tool("checkout", "--quiet", "--non-interactive", *revision, "--", address.url, target)
    return f"revision {tool('info', '--show-item', 'last-changed-revision', '--no-newline', target, quiet=True)[-1]}"


def _bzr(address, target, tool):
    revision = ["--revision", address.revision] if address.revision else []
    tool("branch", "--quiet", *revision, "--", address.url, target)
    return f"revision {tool('revno', target, quiet=True)[-1]}"
