// YuNet on a frame at 160 px, and at 320 px when that shows no face; if asked, first around the last face
// (fer/vision/detector.py). A face is {box: [x1, y1, x2, y2], score}.
import {resized, rounded} from "./picture.js";

const SIDES_PX = [160, 320], NEAR_PX = 64, NEAR_HEIGHTS = 1.6, SMALLEST_FRAME_PX = 16, LARGEST_SIDE_PX = 10000;
const LEAST_SCORE = 0.7, MOST_OVERLAP = 0.3, STRIDES = [8, 16, 32], UNIT_PX = 32;

export class YuNet {
  constructor(net) {
    this.net = net;
  }

  detect(picture, near = [], everywhere = true) {
    if (near.length === 1 && !everywhere) {
      const faces = this.searchNear(picture, near[0]);
      if (faces.length) return faces;
    }
    for (const [small, scale] of shrunken(picture)) {
      const faces = facesOf(this.search(small), scale);
      if (faces.length) return faces;
    }
    return [];
  }

  // In the square around it.
  searchNear(picture, [x1, y1, x2, y2]) {
    const side = NEAR_HEIGHTS * (y2 - y1), left = (x1 + x2 - side) / 2, top = (y1 + y2 - side) / 2, scale = NEAR_PX / side;
    const rows = this.search(shifted(picture, left, top, scale));
    return facesOf(rows.map(([x, y, ...rest]) => [x + left * scale, y + top * scale, ...rest]), scale);
  }

  // [x, y, width, height, score] of what is found in a picture.
  search(picture) {
    const width = Math.ceil(picture.width / UNIT_PX) * UNIT_PX, height = Math.ceil(picture.height / UNIT_PX) * UNIT_PX;
    const values = new Float32Array(width * height * 3);
    for (let y = 0, from = 0; y < picture.height; y++)
      for (let x = 0, to = y * width * 3; x < picture.width; x++, from += 4)
        for (let c = 2; c >= 0; c--) values[to++] = picture.data[from + c];
    return withoutDoubles(rowsOf(this.net.run(values, [1, height, width, 3]), width, height));
  }
}

function rowsOf(found, width, height) {
  const rows = [];
  for (const stride of STRIDES) {
    const [classes, objects, boxes] = ["cls", "obj", "bbox"].map((name) => found[`${name}_${stride}`]);
    const columns = width / stride;
    for (let place = 0; place < columns * (height / stride); place++) {
      const score = Math.sqrt(unit(classes[place]) * unit(objects[place]));
      if (score < LEAST_SCORE) continue;
      const [dx, dy, dw, dh] = boxes.subarray(4 * place, 4 * place + 4);
      const w = Math.exp(dw) * stride, h = Math.exp(dh) * stride;
      const x = ((place % columns) + dx) * stride - w / 2, y = (Math.floor(place / columns) + dy) * stride - h / 2;
      rows.push([x, y, w, h, score]);
    }
  }
  return rows;
}

const unit = (value) => Math.min(Math.max(value, 0), 1);

// Of those that overlap, the best. OpenCV compares them in whole pixels.
function withoutDoubles(rows) {
  const kept = [];
  for (const row of rows.sort((a, b) => b[4] - a[4]))
    if (kept.every((other) => overlap(row.map(Math.trunc), other.map(Math.trunc)) <= MOST_OVERLAP)) kept.push(row);
  return kept;
}

function overlap([x, y, w, h], [left, top, width, height]) {
  const wide = Math.min(x + w, left + width) - Math.max(x, left), high = Math.min(y + h, top + height) - Math.max(y, top);
  return wide <= 0 || high <= 0 ? 0 : (wide * high) / (w * h + width * height - wide * high);
}

function facesOf(rows, scale) {
  return rows
    .filter(([, , w, h]) => w > 0 && w < LARGEST_SIDE_PX && h > 0 && h < LARGEST_SIDE_PX)
    .map(([x, y, w, h, score]) => ({box: [x / scale, y / scale, (x + w) / scale, (y + h) / scale], score}));
}

function* shrunken(picture) {
  let last;
  for (const side of SIDES_PX) {
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    const width = rounded(picture.width * scale), height = rounded(picture.height * scale);
    if (Math.min(width, height) < SMALLEST_FRAME_PX || `${width} ${height}` === last) continue;
    last = `${width} ${height}`;
    yield [resized(picture, width, height), scale];
  }
}

// The square of NEAR_PX that begins at left, top of the picture scaled; black beyond the picture. As cv2.warpAffine does it,
// by places in 32nds of a pixel.
function shifted({data, width, height}, left, top, scale) {
  const out = new Uint8ClampedArray(NEAR_PX * NEAR_PX * 4);
  const at = (x, y, c) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : data[(y * width + x) * 4 + c]);
  for (let row = 0, to = 0; row < NEAR_PX; row++)
    for (let column = 0; column < NEAR_PX; column++) {
      const [x, y] = [column / scale + left, row / scale + top].map((at) => Math.floor(at * 32 + 0.5) / 32);
      const i = Math.floor(x), j = Math.floor(y), u = x - i, v = y - j;
      for (let c = 0; c < 4; c++)
        out[to++] =
          (1 - v) * ((1 - u) * at(i, j, c) + u * at(i + 1, j, c)) + v * ((1 - u) * at(i, j + 1, c) + u * at(i + 1, j + 1, c));
    }
  return {data: out, width: NEAR_PX, height: NEAR_PX};
}
