"""Histograms of oriented gradients: what the classical models see of a face."""

import cv2
import numpy as np

from fer.vision.preprocess import FACE_SIZE

CELL_PX, BLOCK_PX, DIRECTIONS = 8, 16, 9
HOG_LENGTH = (FACE_SIZE // CELL_PX - 1) ** 2 * (BLOCK_PX // CELL_PX) ** 2 * DIRECTIONS  # 900


def hog(faces: np.ndarray) -> np.ndarray:
    """float32 (n, 900) from n grey faces uint8 (n, 48, 48): Dalal & Triggs 2005, their cells, blocks and directions.

    OpenCV's, because serving has it already and it takes 0.06 ms for a face.
    """
    descriptor = cv2.HOGDescriptor(
        (FACE_SIZE, FACE_SIZE), (BLOCK_PX, BLOCK_PX), (CELL_PX, CELL_PX), (CELL_PX, CELL_PX), DIRECTIONS
    )
    return np.array([descriptor.compute(face) for face in faces], np.float32).reshape(len(faces), HOG_LENGTH)
