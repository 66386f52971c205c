#!/usr/bin/env bash
# Builds the grader's image and grades the sample class in it, as the image's own user, without a daemon.
# Usage: containers/try.sh [BASE] [OPTIONS OF buildah build...]
set -euo pipefail
cd "$(dirname "$0")/.."
base=${1:-python:3.12.8-slim-bookworm}
buildah build --isolation chroot "${@:2}" --build-arg "BASE=$base" -f containers/Dockerfile --target grader \
    --layers --tag gmm-tf-grader .
buildah images gmm-tf-grader
container=$(buildah from gmm-tf-grader)
course=$(mktemp -d)
trap 'buildah rm "$container" >/dev/null; rm -rf "$course"' EXIT
inside() { buildah run --isolation chroot --user grader --volume "$course:/course" "$container" -- "$@"; }
chmod 777 "$course"
inside autograder doctor
inside autograder init /course --from /opt/solutions
cp -r examples/submitted/. "$course/submitted/"
chmod -R a+rwX "$course"
inside autograder grade gmm-two-ways --course /course
