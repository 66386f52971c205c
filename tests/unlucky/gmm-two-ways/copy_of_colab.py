# unlucky: Colab calls the download a copy, and macOS put its own file beside it.
# expect: full
# file: colab-metadata
# file: name Copy of gmm-two-ways.ipynb
# file: apple-double
