# unlucky: The key M made the last answer cell a text cell just before the submission.
# expect: full
# file: cell-type emgmm_model markdown
# file: cell-type loss raw
