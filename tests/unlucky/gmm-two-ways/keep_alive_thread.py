# unlucky: A thread that never ends keeps Colab from disconnecting; another one watches the memory.
# expect: full
# %% after given_data
import atexit
import threading


def keep_alive():
    while True:
        time.sleep(30)
        print(".", end="")


threading.Thread(target=keep_alive).start()
watcher = threading.Timer(3600, print, ["an hour has passed"])
watcher.start()
atexit.register(lambda: time.sleep(30))
