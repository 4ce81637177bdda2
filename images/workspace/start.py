"""Starts JupyterLab for one workspace.

The server runs from the image's environment, which nobody changes. Kernels and terminals run from a small environment of the workspace's
own (`.lab/py` in its folder) that sees the image's packages and comes before them: `pip install` works, lasts, and can break a kernel but
never the way in.
"""

import argparse
import os
import sys

import on_demand
import overlay


def main():
    options = parse_arguments()
    home = os.path.realpath(options.root)
    scratch = os.environ.get("LAB_SCRATCH") or os.environ.get("TMPDIR", "/tmp")
    environment = overlay.prepare(home, sys.prefix)
    os.environ.update(overlay.variables(environment, sys.prefix))
    # Sockets and keys of running kernels: not for the volume, which outlives them.
    os.environ["JUPYTER_RUNTIME_DIR"] = os.path.join(scratch, "jupyter")
    # Installed by the user, seen by the server, and never before what the server was built with.
    sys.path.append(environment.site_packages)
    os.chdir(home)
    if options.vscode:
        on_demand.offer(options.vscode_socket, os.path.join(options.vscode, "start"), home)

    LabApp = import_lab()
    LabApp.launch_instance(arguments(options, home))


def import_lab():
    from jupyterlab import commands

    # Where there is a node, JupyterLab asks it at import for npm's registry: 0.3 s for building extensions, which is off here.
    if hasattr(commands, "_yarn_config"):
        commands._yarn_config = lambda _logger: {"yarn config": {}, "npm config": {}}
    from jupyterlab.labapp import LabApp

    return LabApp


def parse_arguments():
    parser = argparse.ArgumentParser()
    listen = parser.add_mutually_exclusive_group(required=True)
    listen.add_argument("--socket", help="unix socket to listen on")
    listen.add_argument("--port", type=int, help="port to listen on, on all interfaces")
    parser.add_argument("--base-url", default=os.environ.get("LAB_SERVICE_PATH", "/"))
    parser.add_argument("--root", default=os.getcwd(), help="the workspace's folder; default: the current one")
    parser.add_argument("--vscode", help="folder of VS Code; it may appear later")
    parser.add_argument("--vscode-socket", help="unix socket on which VS Code is offered")
    return parser.parse_args()


def arguments(options, home):
    listen = (
        [f"--ServerApp.sock={options.socket}", "--ServerApp.sock_mode=0600"]
        if options.socket
        else ["--ServerApp.ip=0.0.0.0", f"--ServerApp.port={options.port}", "--ServerApp.port_retries=0"]
    )
    return [
        *listen,
        f"--ServerApp.base_url={options.base_url}",
        f"--ServerApp.root_dir={home}",
        "--ServerApp.open_browser=False",
        "--ServerApp.identity_provider_class=identity.GatewayIdentity",
        "--ServerApp.allow_remote_access=True",
        "--ServerApp.trust_xheaders=True",
        "--ServerApp.allow_root=True",
        # A volume holds whatever is in a project: hidden folders are part of it.
        "--ContentsManager.allow_hidden=True",
        # No login shell: /etc/profile would set PATH anew and lose the workspace's own environment.
        "--ServerApp.terminado_settings=" + repr({"shell_command": [shell()]}),
        # A start of under a second: nothing that asks the network, no second server, no package manager of its own.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        # What a person arranges in it. JupyterLab takes their place from the home of whoever imports it, which was nobody's here.
        "--LabApp.user_settings_dir=" + os.environ.get("JUPYTERLAB_SETTINGS_DIR", os.path.join(settings(), "user-settings")),
        "--LabApp.workspaces_dir=" + os.environ.get("JUPYTERLAB_WORKSPACES_DIR", os.path.join(settings(), "workspaces")),
    ]


def settings():
    config = os.environ.get("JUPYTER_CONFIG_DIR") or os.path.join(os.path.expanduser("~"), ".jupyter")
    return os.path.join(config, "lab")


def shell():
    return "/bin/bash" if os.path.exists("/bin/bash") else "/bin/sh"


if __name__ == "__main__":
    main()
