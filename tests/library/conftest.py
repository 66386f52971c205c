import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from hypothesis import settings

settings.register_profile("library", deadline=None, max_examples=25, derandomize=True, database=None)
settings.load_profile("library")
