# unlucky: The browser kept two equal downloads, and both were handed in.
# expect: full
# file: kaggle-metadata
# file: two-copies
