// Runs a network that fer/vision/for_browsers.py wrote: JSON with the operations, then the weights. NHWC throughout.
import * as tf from "@tensorflow/tfjs-core";

const DO = {
  conv: (o, [x, filter, bias]) =>
    tf.fused.conv2d({x, filter, bias, strides: o.stride, pad: o.pad, activation: o.then ?? "linear"}),
  depthwise: (o, [x, filter, bias]) =>
    tf.fused.depthwiseConv2d({x, filter, bias, strides: o.stride, pad: o.pad, activation: o.then ?? "linear"}),
  dense: (o, [a, b, bias]) => tf.fused.matMul({a: flat(a), b, bias, activation: o.then ?? "linear"}),
  add: (o, [a, b]) => tf.add(a, b),
  mul: (o, [a, b]) => tf.mul(a, b),
  concat: (o, parts) => tf.concat(parts, -1),
  mean: (o, [a]) => tf.mean(a, [1, 2], o.keep),
  max_pool: (o, [a]) => tf.maxPool(a, o.size, o.stride, o.pad),
  average_pool: (o, [a]) => tf.avgPool(a, o.size, o.stride, o.pad),
  bilinear: (o, [a]) => tf.image.resizeBilinear(a, o.size, false, o.half_pixels),
  double: (o, [a]) => tf.image.resizeNearestNeighbor(a, [a.shape[1] * 2, a.shape[2] * 2]),
  relu: (o, [a]) => tf.relu(a),
  sigmoid: (o, [a]) => tf.sigmoid(a),
  softmax: (o, [a]) => tf.softmax(a),
  flat: (o, [a]) => flat(a),
};

const flat = (a) => tf.reshape(a, [a.shape[0], -1]);

export class Net {
  constructor(file) {
    const length = new DataView(file).getUint32(0, true);
    const {input, outputs, steps, weights} = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 4, length)));
    Object.assign(this, {input, outputs, steps});
    const start = 4 + length;
    this.weights = Object.fromEntries(Object.entries(weights).map(([name, one]) => [name, weight(file, start, one)]));
  }

  // The outputs by name, as Float32Arrays, for an input of this shape.
  run(values, shape) {
    const found = tf.tidy(() => {
      const known = {...this.weights, [this.input]: tf.tensor(values, shape)};
      for (const step of this.steps) {
        const made = DO[step.do](step, step.of.map((name) => known[name]));
        known[step.to] = step.then === "relu" && ["add", "mul"].includes(step.do) ? tf.relu(made) : made;
      }
      return Object.values(this.outputs).map((name) => known[name]);
    });
    const ofEach = found.map((one) => one.dataSync());
    tf.dispose(found);
    return Object.fromEntries(Object.keys(this.outputs).map((name, place) => [name, ofEach[place]]));
  }
}

// Weights are float32, or int8 with a scale for each entry of the last axis that is not 1.
function weight(file, start, {at, shape, scales}) {
  const size = shape.reduce((a, b) => a * b, 1);
  if (!scales) return tf.tensor(new Float32Array(file.slice(start + at, start + at + 4 * size)), shape);
  const small = new Int8Array(file, start + at, size);
  return tf.tensor(Float32Array.from(small, (value, place) => value * scales[place % scales.length]), shape);
}
