"""Ask a submission and judge its answers, for any assignment."""
