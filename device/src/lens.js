// Whether a camera shows anything at all (fer/vision/lens.py), judged by 16 x 12 cells.
import {resized} from "./picture.js";

const CELLS = [16, 12], DARK = 64, LEAST_SPREAD = 10, DARK_ICON = 96;

export function isBlank(picture) {
  return meanOfSome(picture) <= DARK && spread(cellsOf(picture)) < LEAST_SPREAD;
}

// The same of a frame in which no face was found: here also what has bright spots, or an icon on dark ground.
export function isSwitchedOff(picture) {
  if (meanOfSome(picture) > DARK_ICON) return false;
  const cells = cellsOf(picture), sorted = [...cells].sort((a, b) => a - b);
  const mean = cells.reduce((a, b) => a + b) / cells.length;
  if (mean <= DARK && percentile(sorted, 0.95) - percentile(sorted, 0.05) < LEAST_SPREAD) return true;
  const ground = cells.filter((_, place) => {
    const x = place % CELLS[0], y = Math.floor(place / CELLS[0]);
    return x === 0 || y === 0 || x === CELLS[0] - 1 || y === CELLS[1] - 1;
  });
  const brightest = Math.max(...ground);
  return brightest <= DARK_ICON && spread(ground) < LEAST_SPREAD && LEAST_SPREAD <= sorted.at(-1) - brightest;
}

const spread = (values) => Math.max(...values) - Math.min(...values);

function percentile(sorted, share) {
  const at = share * (sorted.length - 1), low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}

function meanOfSome({data, width, height}) {
  let sum = 0, n = 0;
  for (let y = 0; y < height; y += 16)
    for (let x = 0; x < width; x += 16, n++)
      for (let c = 0; c < 3; c++) sum += data[(y * width + x) * 4 + c];
  return sum / (3 * n);
}

function cellsOf(picture) {
  const {data} = resized(picture, ...CELLS);
  return Array.from({length: CELLS[0] * CELLS[1]}, (_, i) => (data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3);
}
