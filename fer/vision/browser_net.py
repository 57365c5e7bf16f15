"""A network's file as browsers read it: the operations as JSON, then the weights (device/src/net.js runs it).

It is made from the file that the server itself runs, when it is first asked for, so both are the same network. Pictures and
weights are in the order height, width, channels (NHWC, HWIO).
"""

import json
import struct
from collections.abc import Iterable
from typing import Any

import numpy as np

ALIGNED = 4  # bytes: where a float32 may begin


class NotForBrowsers(ValueError):
    """A network that browsers cannot run; the message says why."""


class File:
    """A network's file while it is written: ``steps`` in their order, and the weights, each under its name."""

    def __init__(self) -> None:
        self.steps: list[dict[str, Any]] = []
        self._weights: dict[str, dict[str, Any]] = {}
        self._blob = bytearray()

    def weight(self, name: str, values: np.ndarray, scales: Iterable[float] = ()) -> str:
        """Adds float32 values, or int8 ones with the ``scales`` of the last axis that is not 1; the name."""
        self._blob += bytes(-len(self._blob) % ALIGNED)
        self._weights[name] = {"at": len(self._blob), "shape": list(values.shape)}
        if values.dtype == np.int8:
            self._weights[name]["scales"] = [float(scale) for scale in scales]
        self._blob += np.ascontiguousarray(values).tobytes()
        return name

    def step(self, do: str, of: list[str], to: str, **how: Any) -> None:
        self.steps.append({"do": do, "of": of, "to": to, **how})

    def done(self, source: str, outputs: dict[str, str]) -> bytes:
        """The file's bytes, of the network from ``source`` to the named ``outputs``: without the steps these do not need."""
        needed = set(outputs.values())
        steps: list[dict[str, Any]] = []
        for step in reversed(self.steps):
            if step["to"] in needed:
                needed.update(step["of"])
                steps.insert(0, step)
        head = {"input": source, "outputs": outputs, "steps": steps, "weights": self._weights}
        text = json.dumps(head, separators=(",", ":")).encode()
        text += b" " * (-(len(text) + 4) % ALIGNED)
        return struct.pack("<I", len(text)) + text + bytes(self._blob)
