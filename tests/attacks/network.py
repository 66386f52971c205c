# attack: connections by every family of sockets, and names are looked up
# outcome: mstep error
# %% cell mstep
import socket
import urllib.request

reached = []
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_PACKET, getattr(socket, "AF_VSOCK", 40)):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            with socket.socket(family, kind) as client:
                reached.append((family, kind))
        except OSError:
            pass
for path in ("/run/docker.sock", "/var/run/docker.sock", "/tmp/.X11-unix/X0", "/run/dbus/system_bus_socket", "\0x"):
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            reached.append(path)
    except OSError:
        pass
for ask in (lambda: socket.gethostbyname("example.invalid"), lambda: socket.create_server(("127.0.0.1", 0))):
    try:
        reached.append(ask())
    except OSError:
        pass


def mstep(x, posterior):
    if reached:
        import os
        os._exit(0)
    urllib.request.urlopen("http://192.0.2.1/", timeout=1)
