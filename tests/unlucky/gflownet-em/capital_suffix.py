# unlucky: An old memory stick gave the file a name in capitals.
# expect: full
# file: upper-case-suffix
# file: vscode-metadata
