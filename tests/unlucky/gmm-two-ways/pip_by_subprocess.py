# unlucky: Answer cells install packages by subprocess, in three ways, none of which works without a network.
# expect: full
# %% top mstep
import subprocess, sys
subprocess.check_call([sys.executable, "-m", "pip", "install", "-q", "einops"])
# %% top mixture_likelihood
import os
assert os.system("conda install -y -c conda-forge seaborn") == 0, "conda failed"
# %% top make_data
from pip._internal import main as pip_main
pip_main(["install", "--retries", "0", "einops"])
import einops
