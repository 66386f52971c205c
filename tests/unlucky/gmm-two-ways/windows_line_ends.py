# unlucky: A tool on Windows put carriage returns into every line of every cell.
# expect: full
# file: crlf-sources
# file: single-string-sources
# file: crlf
# file: bom
