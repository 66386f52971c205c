# unlucky: The browser saved the download as a text file.
# expect: full
# file: suffix .ipynb.txt
# file: single-string-sources
