"""Runs in the environment of PyPI's ``fer``, never in ours: PICTURE VIDEO. Answers each line of stdin with seconds: ``picture``
how long one look took, ``video`` how long all looks at it took, one every half second."""

import sys
import time

import cv2
from fer.fer import FER

detector = FER()
picture_bgr = cv2.imread(sys.argv[1])


def look_through(path):
    video = cv2.VideoCapture(path)
    step, number = round(video.get(cv2.CAP_PROP_FPS) / 2), 0
    while video.grab():
        if number % step == 0:
            detector.detect_emotions(video.retrieve()[1])
        number += 1


detector.detect_emotions(picture_bgr)
print("ready", flush=True)
for line in sys.stdin:
    began_at = time.perf_counter()
    if line.strip() == "video":
        look_through(sys.argv[2])
    else:
        detector.detect_emotions(picture_bgr)
    print(time.perf_counter() - began_at, flush=True)
