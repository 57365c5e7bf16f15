"""The classifier for browsers, from its ``.tflite`` file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as litert

from fer.vision.browser_net import File, NotForBrowsers
from fer.vision.classifier import HEAD_OF_WIDTH

How = Callable[[Any, list[int]], dict[str, Any]]  # an operation's options and its constant size -> our own


def classifier_file(path: Path) -> bytes:
    """The classifier in a ``.tflite`` file, weights float32 or int8: outputs ``emotion``, and ``readable`` if it has it.

    Raises ``NotForBrowsers`` for other files, and for operations that browsers are not taught."""
    if path.suffix != ".tflite":
        raise NotForBrowsers(f"Browsers run models in .tflite files only. Received: {path.name}")
    model = litert.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
    graph, file = model.subgraphs[0], File()
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        name = _NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)]
        if name in _SHAPES_ONLY:
            continue
        if name not in _STEPS:
            raise NotForBrowsers(f"Browsers run no model with the operation {name}. Received: {path.name}")
        do, how = _STEPS[name]
        of = [place for place in map(int, operator.inputs) if place >= 0]
        of = of[:1] if do in _OF_ONE else of
        names = [_named(model, file, place, do if row == 1 else "") for row, place in enumerate(of)]
        file.step(do, names, str(operator.outputs[0]), **how(operator.builtinOptions, _rest(model, operator)))
    outputs = {HEAD_OF_WIDTH[int(graph.tensors[place].shape[-1])]: str(place) for place in graph.outputs}
    return file.done(str(graph.inputs[0]), outputs)


def _named(model: Any, file: File, place: int, weight_of: str) -> str:
    """The name of a tensor; a constant one is written as a weight, turned if it is the second input of such a step."""
    values = _constant(model, place)
    if values is None:
        return str(place)
    if weight_of in ("conv", "depthwise"):
        values = values.transpose(1, 2, 3, 0)
    elif weight_of == "dense":
        values = values.T
    quantization = model.subgraphs[0].tensors[place].quantization
    scales = () if quantization is None or quantization.scale is None else quantization.scale
    return file.weight(str(place), values, scales)


def _constant(model: Any, place: int) -> np.ndarray | None:
    tensor = model.subgraphs[0].tensors[place]
    data = model.buffers[tensor.buffer].data
    if data is None or len(data) == 0:
        return None
    return np.frombuffer(bytes(data), _TYPES[tensor.type]).reshape([] if tensor.shape is None else tensor.shape)


def _rest(model: Any, operator: Any) -> list[int]:
    """The last input where it is a constant of whole numbers, such as a size."""
    values = _constant(model, int(operator.inputs[-1]))
    return [] if values is None or values.dtype != np.int32 else values.ravel().tolist()


def _strided(how: Any, _: list[int]) -> dict[str, Any]:
    return {"stride": [how.strideH, how.strideW], "pad": "valid" if how.padding else "same"} | _then(how, _)


def _pooled(how: Any, _: list[int]) -> dict[str, Any]:
    return _strided(how, _) | {"size": [how.filterHeight, how.filterWidth]}


def _then(how: Any, _: list[int]) -> dict[str, Any]:
    if how.fusedActivationFunction not in (0, 1):
        raise NotForBrowsers(f"Browsers run no model with the activation {how.fusedActivationFunction}.")
    return {"then": "relu"} if how.fusedActivationFunction else {}


_NAMES = {value: name for name, value in vars(litert.BuiltinOperator).items() if isinstance(value, int)}
_TYPES = {litert.TensorType.FLOAT32: np.float32, litert.TensorType.INT8: np.int8, litert.TensorType.INT32: np.int32}
_SHAPES_ONLY = ("SHAPE", "STRIDED_SLICE", "PACK")  # they work out how many faces there are
_OF_ONE = ("mean", "bilinear", "flat")  # their second input is how
_STEPS: dict[str, tuple[str, How]] = {
    "CONV_2D": ("conv", _strided),
    "DEPTHWISE_CONV_2D": ("depthwise", _strided),
    "FULLY_CONNECTED": ("dense", _then),
    "MAX_POOL_2D": ("max_pool", _pooled),
    "AVERAGE_POOL_2D": ("average_pool", _pooled),
    "ADD": ("add", _then),
    "MUL": ("mul", _then),
    "CONCATENATION": ("concat", _then),
    "MEAN": ("mean", lambda how, _: {"keep": bool(how.keepDims)}),
    "RESIZE_BILINEAR": ("bilinear", lambda how, size: {"size": size, "half_pixels": bool(how.halfPixelCenters)}),
    "LOGISTIC": ("sigmoid", lambda *_: {}),
    "SOFTMAX": ("softmax", lambda *_: {}),
    "RESHAPE": ("flat", lambda *_: {}),
}
