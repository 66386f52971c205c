# unlucky: An old tool saved the notebook in format 3.
# expect: full or unreadable
# explain: format|metadata|released notebook
# file: nbformat3
