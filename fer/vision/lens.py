"""Whether a camera shows anything at all: a covered lens, a switched-off camera, the icon of a privacy shutter.

A single bright pixel says nothing, and neither does the noise of a sensor in the dark: what is judged is a frame of 16 x 12
cells, each the mean of its pixels.
"""

import cv2
import numpy as np

CELLS = (16, 12)
DARK = 64  # mean brightness, up to which a frame without anything in it comes from a covered lens
LEAST_SPREAD = 10  # between cells; sensor noise (deviation 20 in 320 x 240) gives 6, a photo at a tenth of its light 16
DARK_ICON = 96  # brightness of what a shutter's icon stands on
FRAME = np.ones(CELLS[::-1], bool)
FRAME[1:-1, 1:-1] = False


def is_blank(frame_bgr: np.ndarray) -> bool:
    """Whether a uint8 BGR frame (h, w, 3) is dark and the same all over."""
    if frame_bgr[::16, ::16].mean() > DARK:
        return False
    return bool(np.ptp(_cells(frame_bgr)) < LEAST_SPREAD)


def is_switched_off(frame_bgr: np.ndarray) -> bool:
    """The same of a frame in which no face was found: here also what has some bright spots, or an icon on dark ground."""
    if frame_bgr[::16, ::16].mean() > DARK_ICON:
        return False
    cells = _cells(frame_bgr)
    low, high = np.percentile(cells, (5, 95))
    if cells.mean() <= DARK and high - low < LEAST_SPREAD:
        return True
    ground = cells[FRAME]
    return bool(ground.max() <= DARK_ICON and np.ptp(ground) < LEAST_SPREAD <= cells.max() - ground.max())


def _cells(frame_bgr: np.ndarray) -> np.ndarray:
    return cv2.resize(frame_bgr, CELLS, interpolation=cv2.INTER_AREA).mean(2)
