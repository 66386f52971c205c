# unlucky: Cells end the process, in all the ways that a notebook survives or restarts from.
# expect: full
# %% after given_data
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
raise KeyboardInterrupt
# %% after exact_posterior
import sys
if len(data) != 4000:
    sys.exit("use 4000 points for the paper")
# %% after policy
raise SystemExit
# %% after mean_field_step
quit()
# %% last
get_ipython().kernel.do_shutdown(True)
# %% last
import os
os._exit(0)
