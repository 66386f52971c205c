# unlucky: The platform renamed the notebook to .json, and the student's name is in it.
# expect: full
# file: name Müller_gflownet-em (final).ipynb
# file: suffix .ipynb.json
