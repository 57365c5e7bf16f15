#!/bin/sh
# Builds the image with whatever is there: docker, podman or buildah. Further words go to its build command:
#   deploy/build.sh --build-arg BASE=python:3.11-slim
set -eu
cd "$(dirname "$0")/.."
name=live-class-monitor:local
if docker info > /dev/null 2>&1; then exec docker build --tag "$name" "$@" .
elif command -v podman > /dev/null; then exec podman build --format docker --tag "$name" "$@" .
elif command -v buildah > /dev/null; then exec buildah bud --format docker --tag "$name" "$@" .
fi
echo "Building the image needs docker, podman or buildah (Debian: apt install buildah)." >&2
exit 1
