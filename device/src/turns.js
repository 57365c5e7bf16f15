// Which way is up: quarter turns to the left that put a picture upright (fer/vision/turns.py).
import {resized, rounded, turned} from "./picture.js";

const LEAST_MARGIN = 0.04, FACE_FOUND = 0.5;
export const TURNS = [0, 1, 2, 3], OVER = [0, 2], UPRIGHT = {turns: 0, isSure: true};

// Looks at a copy of that longest side in all these turns; null where none shows a face.
export function wayUp(picture, detector, sidePx, turns = TURNS) {
  const scale = Math.min(1, sidePx / Math.max(picture.width, picture.height));
  const small = scale < 1 ? resized(picture, rounded(picture.width * scale), rounded(picture.height * scale)) : picture;
  const weights = turns.map((each) => evidence(detector.detect(turned(small, each))));
  const sorted = [...weights].sort((a, b) => a - b), [second, best] = sorted.slice(-2);
  if (best <= 0) return null;
  return {turns: turns[weights.indexOf(best)], isSure: best === sorted[0] || best - second >= LEAST_MARGIN * best};
}

const evidence = (faces) => faces.reduce((sum, {box, score}) => sum + (score - FACE_FOUND) * (box[3] - box[1]), 0);
