"""Train on a machine that files and commands can only be sent to, a few MiB and a few minutes at a time, with a GPU.

    python -m train.away pack --files fer2013.zip fer2013new.csv models/resnet.keras --out away     # here
    python3 -m train.away take away/part00 --into ~/away           # there, once for each part
    python3 -m train.away join --into ~/away                       # there: whole files again, and an environment
    ~/away/env/bin/python -m train.away go --seconds 540 --out $OUT -- --arch resnet --data ~/away/fer2013.zip ...

``pack`` also fetches wheels of what training needs beside PyTorch (--wheels), for the other machine's Python, and cuts it all
into parts. ``go`` runs train.fit and stops it in time; called again with the same flags, it goes on from the last whole epoch
and ends with the weights that one long run would have had. Then it copies the model, which holds no optimizer's state, and its
curves to --out; export and evaluation are done here. ``take`` and ``join`` need nothing but Python.
"""

import argparse
import hashlib
import shutil
import signal
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

WHEELS = (
    "keras==3.15.1", "absl-py", "namex", "h5py", "optree", "ml-dtypes", "rich", "markdown-it-py", "mdurl", "pygments",
    "opencv-python-headless==4.14.0.94", "pandas==3.1.1", "python-dateutil", "six", "numpy==2.4.6",
)  # fmt: skip
PARTS, WHOLE = "part[0-9]*", "all.tar"


def pack(args):
    """Writes part00, part01 ... and the sha256 of the whole."""
    args.out.mkdir(parents=True, exist_ok=True)
    for old in args.out.glob(PARTS):
        old.unlink()
    wheels = args.out / "wheels"
    if args.wheels:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
        done = subprocess.run([*command, "--python-version", args.python, "-d", str(wheels), *args.wheels])
        if done.returncode:
            raise ValueError(f"--wheels must be packages that pip can download. Received: {' '.join(args.wheels)}")
    with tarfile.open(args.out / WHOLE, "w") as tar:
        for file in (*args.files, *sorted(wheels.glob("*.whl"))):
            tar.add(file, arcname=f"wheels/{file.name}" if file.parent == wheels else file.name)
    whole = (args.out / WHOLE).read_bytes()
    (args.out / WHOLE).unlink()
    size = int(args.part_mib * 2**20)
    parts = [whole[start : start + size] for start in range(0, len(whole), size)]
    for number, part in enumerate(parts):
        head = f"{hashlib.sha256(whole).hexdigest()} {len(parts)}\n".encode()
        (args.out / f"part{number:02}").write_bytes(head + part)
    print(f"{len(parts)} parts of at most {args.part_mib:g} MiB in {args.out}")


def take(args):
    """Keeps a part outside the checkout, which each call may replace."""
    args.into.mkdir(parents=True, exist_ok=True)
    shutil.copy(args.part, args.into)
    print(f"{len(list(args.into.glob(PARTS)))} parts in {args.into}")


def join(args):
    """The files again, and an environment with the wheels and the machine's own PyTorch."""
    parts = [part.read_bytes().split(b"\n", 1) for part in sorted(args.into.glob(PARTS))]
    if not parts or len(parts) != int(parts[0][0].split()[1]):
        wanted = int(parts[0][0].split()[1]) if parts else "some"
        raise ValueError(f"{args.into} must hold all {wanted} parts. Received: {len(parts)}")
    whole = b"".join(part for _, part in parts)
    if {head.split()[0].decode() for head, _ in parts} != {hashlib.sha256(whole).hexdigest()}:
        raise ValueError(f"The parts in {args.into} must be of one pack. Received: parts that do not fit")
    (args.into / WHOLE).write_bytes(whole)
    with tarfile.open(args.into / WHOLE) as tar:
        tar.extractall(args.into, filter="data")
    (args.into / WHOLE).unlink()
    wheels = sorted((args.into / "wheels").glob("*.whl"))
    if wheels:
        venv.create(args.into / "env", with_pip=True, system_site_packages=True)
        python = str(args.into / "env" / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", *map(str, wheels)], check=True)
    print(f"{', '.join(sorted(file.name for file in args.into.iterdir() if file.is_file()))} in {args.into}")


def go(args):
    """A piece of the training; says whether it is done."""
    models = args.out / "models"
    training = subprocess.Popen([sys.executable, "-m", "train.fit", *args.flags, "--out", str(models)])
    try:
        failed = training.wait(timeout=args.seconds)
    except subprocess.TimeoutExpired:
        training.send_signal(signal.SIGKILL)  # it keeps two checkpoints, so one that is half written does not count
        training.wait()
        print("not done: run the same command again")
        return
    if failed:
        raise ValueError("train.fit must end well. Received: what it says above")
    print("done: " + ", ".join(sorted(file.name for file in models.iterdir())))


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
steps = parser.add_subparsers(required=True)
step = steps.add_parser("pack")
step.set_defaults(step=pack)
step.add_argument("--files", nargs="+", type=Path, required=True)
step.add_argument("--wheels", nargs="*", default=WHEELS, help="default: what train.fit needs beside PyTorch")
step.add_argument("--python", default="3.12", help="of the other machine")
step.add_argument("--part-mib", default=20, type=float, help="how much travels with the checkout in one call")
step.add_argument("--out", type=Path, required=True)
step = steps.add_parser("take")
step.set_defaults(step=take)
step.add_argument("part", type=Path)
step.add_argument("--into", type=Path, required=True)
step = steps.add_parser("join")
step.set_defaults(step=join)
step.add_argument("--into", type=Path, required=True)
step = steps.add_parser("go")
step.set_defaults(step=go)
step.add_argument("--seconds", type=float, default=540)
step.add_argument("--out", type=Path, required=True)
step.add_argument("flags", nargs=argparse.REMAINDER, help="-- and what train.fit takes")


def main():
    args = parser.parse_args()
    if getattr(args, "flags", None) and args.flags[0] == "--":
        args.flags = args.flags[1:]
    args.step(args)


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"error: {error}")
