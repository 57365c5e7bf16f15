// Pictures as the worker holds them, {data, width, height} with RGBA bytes, treated as OpenCV treats them in
// fer/vision: the numbers must come out the same. Grey ones have one byte a pixel.

export const channels = ({data, width, height}) => data.length / (width * height);

const BY_AREA = (size, factor) => Array.from({length: size}, (_, place) => {
  const from = place * factor, to = from + factor, parts = [];
  for (let i = Math.floor(from); i < to - 1e-9; i++) {
    const share = Math.min(to, i + 1) - Math.max(from, i);
    if (share > 1e-3) parts.push([i, share / factor]);
  }
  return parts;
});

const LINEAR = (size, factor, last) => Array.from({length: size}, (_, place) => {
  const at = Math.min(Math.max((place + 0.5) * factor - 0.5, 0), last), low = Math.floor(at);
  return [[low, 1 - (at - low)], [Math.min(low + 1, last), at - low]];
});

// By area where it shrinks (cv2.INTER_AREA), else linear (cv2.INTER_LINEAR).
export function resized(picture, width, height) {
  if (picture.width === width && picture.height === height) return picture;
  const byArea = picture.width > width;
  const n = channels(picture), out = new Uint8ClampedArray(width * height * n), {data} = picture;
  const columns = byArea ? BY_AREA(width, picture.width / width) : LINEAR(width, picture.width / width, picture.width - 1);
  const rows = byArea ? BY_AREA(height, picture.height / height) : LINEAR(height, picture.height / height, picture.height - 1);
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < n; c++, to++) {
        let sum = 0;
        for (const [j, ofRow] of rows[y]) {
          let inRow = 0;
          for (const [i, ofColumn] of columns[x]) inRow += ofColumn * data[(j * picture.width + i) * n + c];
          sum += ofRow * inRow;
        }
        out[to] = sum;
      }
  return {data: out, width, height};
}

// So many quarter turns to the left.
export function turned(picture, turns) {
  if (!turns) return picture;
  const {data, width, height} = picture, n = channels(picture);
  const [w, h] = turns === 2 ? [width, height] : [height, width];
  const out = new Uint8ClampedArray(data.length);
  for (let y = 0, to = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const [i, j] = turns === 1 ? [width - 1 - y, x] : turns === 2 ? [width - 1 - x, height - 1 - y] : [y, height - 1 - x];
      for (let c = 0, from = (j * width + i) * n; c < n; c++) out[to++] = data[from + c];
    }
  return {data: out, width: w, height: h};
}

// Where a box of the turned picture lies in the picture as it was.
export function turnedBack([x1, y1, x2, y2], turns, {width, height}) {
  return [
    [x1, y1, x2, y2],
    [width - y2, x1, width - y1, x2],
    [width - x2, height - y2, width - x1, height - y1],
    [y1, height - x2, y2, height - x1],
  ][turns];
}

const clamp = (value, most) => Math.min(Math.max(value, 0), most);

// Half to even, as Python's round().
export function rounded(value) {
  const low = Math.floor(value), rest = value - low;
  return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
}

// The part between these edges; the picture's edge pixels are repeated beyond it.
function part(picture, left, top, right, bottom) {
  const n = channels(picture), width = right - left, height = bottom - top, out = new Uint8ClampedArray(width * height * n);
  for (let y = top, to = 0; y < bottom; y++)
    for (let x = left; x < right; x++) {
      const from = (clamp(y, picture.height - 1) * picture.width + clamp(x, picture.width - 1)) * n;
      for (let c = 0; c < n; c++) out[to++] = picture.data[from + c];
    }
  return {data: out, width, height};
}

// The square around a box, its side in heights of the box; where it lies.
export function cutSquare(picture, [x1, y1, x2, y2], heights) {
  const side = Math.max(1, (y2 - y1) * heights), left = (x1 + x2 - side) / 2, top = (y1 + y2 - side) / 2;
  const edges = [left, top, left + side, top + side].map(rounded);
  return {...part(picture, ...edges), left: edges[0], top: edges[1]};
}

function grey({data, width, height}) {
  const out = new Uint8ClampedArray(width * height);
  for (let to = 0, from = 0; to < out.length; to++, from += 4)
    out[to] = (data[from + 2] * 3735 + data[from + 1] * 19235 + data[from] * 9798 + 16384) >> 15;
  return {data: out, width, height};
}

export const FACE_SIZE = 48;
const SIDE_PER_BOX_HEIGHT = 0.98; // of YuNet's boxes

// The 48x48 grey bytes that the classifier sees (fer/vision/preprocess.py).
export function cropFace(picture, box) {
  const face = grey(cutSquare(picture, box, SIDE_PER_BOX_HEIGHT));
  return resized(face, FACE_SIZE, FACE_SIZE).data;
}

export function mirrored(crop) {
  return crop.map((_, place) => crop[place - (place % FACE_SIZE) + FACE_SIZE - 1 - (place % FACE_SIZE)]);
}
