// How much of a face lies beyond the picture's edge (fer/vision/cut_off.py): {edge, share}.
import {cutSquare, resized} from "./picture.js";

const NEAR_AN_EDGE = 0.06, SQUARE_PX = 128, SQUARE_HEIGHTS = 1.6, SAME_FACE = 0.5;
export const WHOLE = {edge: "", share: 0};

export function cutOff(picture, box, detector) {
  const beyond = overhang(box, picture);
  if (beyond.share < -NEAR_AN_EDGE) return WHOLE;
  const square = cutSquare(picture, box, SQUARE_HEIGHTS), scale = SQUARE_PX / square.width;
  const found = detector.detect(resized(square, SQUARE_PX, SQUARE_PX)).map(({box: [x1, y1, x2, y2]}) =>
    [x1 / scale + square.left, y1 / scale + square.top, x2 / scale + square.left, y2 / scale + square.top]);
  const same = found.filter((other) => coveredShare(other, box) >= SAME_FACE);
  if (!same.length) return {edge: beyond.edge, share: 1}; // no face goes on there
  same.sort((a, b) => coveredShare(b, box) - coveredShare(a, box));
  const whole = overhang(same[0], picture);
  return {edge: whole.edge, share: Math.max(0, whole.share)};
}

// The edge over which a box reaches most, and by which share of its side; below 0: how far it is from it.
function overhang([x1, y1, x2, y2], {width, height}) {
  const beyond = [
    ["left", -x1 / (x2 - x1)], ["right", (x2 - width) / (x2 - x1)],
    ["top", -y1 / (y2 - y1)], ["bottom", (y2 - height) / (y2 - y1)],
  ];
  const [edge, share] = beyond.reduce((most, one) => (one[1] > most[1] ? one : most));
  return {edge, share};
}

function coveredShare(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]), height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  const smaller = Math.min(...[a, b].map((box) => (box[2] - box[0]) * (box[3] - box[1])));
  return (Math.max(0, width) * Math.max(0, height)) / smaller;
}
