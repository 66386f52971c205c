#!/usr/bin/env bash
# Once, when Gradescope builds the container: Python, the jail's program, and what grading needs, by hash.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
source=/autograder/source
grader=/opt/grader
chmod -R go-rwx "$source"

apt-get update
apt-get install -y --no-install-recommends bubblewrap || echo "No bubblewrap here."
for python in python3.12 python3.11 python3.13; do
    apt-get install -y --no-install-recommends "$python" "$python-venv" && break
done
command -v "$python"
"$python" -m venv "$grader"
"$grader/bin/python" -m pip install --no-cache-dir --only-binary=:all: --require-hashes -r "$source/requirements.txt"
# Headers, 0.4 GB, which are needed only to compile operations.
rm -r "$grader"/lib/python3*/site-packages/tensorflow/include
# What runs the submissions is not root and reads this alone.
chmod -R go+rX "$grader"
apt-get clean
rm -rf /var/lib/apt/lists/*
