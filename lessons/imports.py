#@title Imports
import base64
import contextlib
import html
import io
import json
import os
import re
import sys
import time
import traceback
import types
import zlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # fewer log messages from TensorFlow

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image  # comes with Matplotlib

# While it starts, TensorFlow's C++ code writes messages about missing hardware directly to stderr, where Python cannot catch them.
_error_stream = os.dup(2) if "ipykernel" in sys.modules else None
if _error_stream is not None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
import tensorflow as tf

tf.get_logger().setLevel("ERROR")
gpus = tf.config.list_physical_devices("GPU")
if _error_stream is not None:
    os.dup2(_error_stream, 2)
for gpu in gpus:
    try:
        tf.config.experimental.set_memory_growth(gpu, True)
    except RuntimeError:  # TensorFlow is already running, so the setting can no longer be changed
        pass

print("Python", sys.version.split()[0], "| TensorFlow", tf.__version__,
      "| Keras", tf.keras.__version__, "| NumPy", np.__version__)
print("Google Colab:", "yes" if "google.colab" in sys.modules else "no")
print("GPU:", f"{len(gpus)} found" if gpus else "none found, the CPU is fast enough")
