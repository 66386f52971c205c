# attack: an alarm interrupts the probe and the sending of the answer
# seconds: 5
# %% cell mstep
import signal


def handler(*args):
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    raise SystemExit("alarm")


signal.signal(signal.SIGALRM, handler)


def mstep(x, posterior):
    signal.setitimer(signal.ITIMER_REAL, 0.0005)
    return [0.0] * 3, [0.0] * 3, [0.0] * 3
