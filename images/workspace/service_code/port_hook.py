"""Loaded by every Python of a service from code: what listens on the port it was declared with gets the one it really has.

Where containers give every service a network of its own the two are the same; as a process beside others it is another one, and
reachable from this machine alone. `LAB_LISTEN` says both: `8091:20013:127.0.0.1`.
"""

import os


def install(declared, real, host):
    import socket

    plain = socket.socket.bind
    everywhere = ("", "0.0.0.0", "::", "0")

    def bind(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple) and address[1] in (declared, real):
            to = host
            if not host or address[0] not in everywhere:
                to = address[0]
            elif self.family == socket.AF_INET6:
                to = "::1"
            address = (to, real, *address[2:])
        return plain(self, address)

    socket.socket.bind = bind


_parts = os.environ.get("LAB_LISTEN", "").split(":")
if len(_parts) == 3:
    install(int(_parts[0]), int(_parts[1]), _parts[2])
