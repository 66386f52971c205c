import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pytest
from hypothesis import settings

settings.register_profile("library", settings.get_profile("tests"), max_examples=25)
settings.load_profile("library")


@pytest.fixture
def uncompiled():
    """TensorFlow's functions run operation by operation: a few steps take less time than to compile them."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
