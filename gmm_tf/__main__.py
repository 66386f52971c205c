"""Command line of the library."""

import sys


def main():
    """`gmm-tf compare` and `gmm-tf fit` come in later versions."""
    print("gmm-tf: the commands compare, depth and fit come in a later version.", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
