# unlucky: The training printed a line at every step, and all of it was saved.
# expect: full
# file: outputs-huge 8
# file: vscode-metadata
