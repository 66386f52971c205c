"""`python -m gmm_tf` is the command `gmm-tf`."""

from gmm_tf.cli.main import main

if __name__ == "__main__":
    main()
