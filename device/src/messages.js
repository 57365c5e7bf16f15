// The messages of numbers, as fer/web/seat_messages.py reads them.
import {CAMERA_OFF, FACE, NO_FACE} from "./eye.js";

const LOOK = 1, STEP = 2, STATE = 3, FACE_BYTES = 26, PARTS = 10000, UNKNOWN = 65535, MOST_FACES = 4, FARTHEST_PX = 3000;
const STATUSES = [FACE, NO_FACE, CAMERA_OFF], DOUBTS = [null, "too small", "cut off", "turned"];

export const stateMessage = (status) => Uint8Array.of(STATE, STATUSES.indexOf(status));

export function lookMessage({status, faces}) {
  const sent = faces.slice(0, MOST_FACES), bytes = new DataView(new ArrayBuffer(3 + FACE_BYTES * sent.length));
  [LOOK, STATUSES.indexOf(status), sent.length].forEach((value, at) => bytes.setUint8(at, value));
  sent.forEach((face, place) => {
    let at = 3 + FACE_BYTES * place;
    bytes.setUint8(at++, face.isStudent ? 0 : 1);
    bytes.setUint8(at++, DOUBTS.indexOf(face.doubt));
    for (const edge of face.box) bytes.setInt16((at += 2) - 2, Math.round(10 * within(edge)), true);
    at = putProbabilities(bytes, at, face.probabilities);
    bytes.setUint16(at, face.readable === null ? UNKNOWN : Math.round(PARTS * face.readable), true);
  });
  return bytes;
}

export function stepMessage(face, label, probabilities) {
  const bytes = new DataView(new ArrayBuffer(17));
  [STEP, face, label].forEach((value, at) => bytes.setUint8(at, value));
  putProbabilities(bytes, 3, probabilities);
  return bytes;
}

function putProbabilities(bytes, at, probabilities) {
  for (const one of probabilities) bytes.setUint16((at += 2) - 2, Math.round(PARTS * one), true);
  return at;
}

const within = (edge) => Math.min(Math.max(edge, -FARTHEST_PX), FARTHEST_PX);
