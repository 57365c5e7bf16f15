"""The face detector for browsers, from YuNet's ONNX file.

The protobuf library reads the file, told only the parts of ONNX's format that are needed here.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from fer.vision.browser_net import File

SEARCHED = ("cls", "obj", "bbox")  # of its outputs; the others are landmarks
MESSAGES = {  # message -> its fields: name, number, type
    "Model": [("graph", 7, "Graph")],
    "Graph": [("node", 1, "Node"), ("initializer", 5, "Tensor"), ("input", 11, "Value"), ("output", 12, "Value")],
    "Node": [("input", 1, "string"), ("output", 2, "string"), ("op_type", 4, "string"), ("attribute", 5, "Attribute")],
    "Attribute": [("name", 1, "string"), ("i", 3, "int64"), ("ints", 8, "int64")],
    "Tensor": [("dims", 1, "int64"), ("data_type", 2, "int32"), ("name", 8, "string"), ("raw_data", 9, "bytes")],
    "Value": [("name", 1, "string")],
}
ONE = {"graph", "op_type", "i", "name", "data_type", "raw_data"}  # the other fields are lists
FLOAT = 1


def detector_file(path: Path) -> bytes:
    """YuNet from its ONNX file: outputs ``cls_8`` and so on, a row for each cell of 8, 16 or 32 px."""
    model = _model()()
    model.ParseFromString(path.read_bytes())
    graph = model.graph
    weights = {
        one.name: np.frombuffer(one.raw_data, np.float32).reshape(one.dims)
        for one in graph.initializer
        if one.data_type == FLOAT
    }
    file = File()
    same: dict[str, str] = {}  # output -> the tensor that it is only another form of
    for node in graph.node:
        first = same.get(node.input[0], node.input[0])
        how = {one.name: list(one.ints) or one.i for one in node.attribute}
        to = node.output[0]
        if node.op_type in ("Transpose", "Reshape"):  # to rows of cells, as they lie here anyway
            same[to] = first
        elif node.op_type == "Conv":
            do, of, to, stride, pad = _conv(file, weights, first, node, how)
            file.step(do, of, to, stride=stride, pad=pad)
        elif node.op_type == "MaxPool":
            file.step("max_pool", [first], to, size=how["kernel_shape"], stride=how["strides"], pad="valid")
        elif node.op_type == "Resize":
            file.step("double", [first], to)
        elif node.op_type in ("Relu", "Sigmoid"):
            file.step(node.op_type.lower(), [first], to)
        elif node.op_type == "Add":
            file.step("add", [first, same.get(node.input[1], node.input[1])], to)
    names = [one.name for one in graph.output if one.name.startswith(SEARCHED)]
    return file.done(graph.input[0].name, {name: same.get(name, name) for name in names})


def _conv(file: File, weights: dict[str, np.ndarray], first: str, node: Any, how: dict[str, Any]) -> tuple:
    kernel = weights[node.input[1]]  # (out, in, height, width)
    is_depthwise = how["group"] > 1
    kernel = kernel.transpose(2, 3, 0, 1) if is_depthwise else kernel.transpose(2, 3, 1, 0)
    of = [first, file.weight(node.input[1], kernel), file.weight(node.input[2], weights[node.input[2]])]
    return "depthwise" if is_depthwise else "conv", of, node.output[0], how["strides"], how["pads"][0]


@cache
def _model() -> Any:
    """The class of ONNX's outermost message."""
    file = descriptor_pb2.FileDescriptorProto(name="onnx-parts.proto", package="onnx", syntax="proto2")
    kind = descriptor_pb2.FieldDescriptorProto
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, of in fields:
            how_many = kind.LABEL_OPTIONAL if field in ONE else kind.LABEL_REPEATED
            if of in MESSAGES:
                message.field.add(
                    name=field, number=number, label=how_many, type=kind.TYPE_MESSAGE, type_name=f".onnx.{of}"
                )
            else:
                message.field.add(name=field, number=number, label=how_many, type=getattr(kind, f"TYPE_{of.upper()}"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("onnx.Model"))
