"""All code of ours that a submission's process can see."""
