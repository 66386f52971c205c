"""What students run: `check()` in a notebook and `autograder check FILE`."""
