// The worker: loads the networks, tests them on a picture whose numbers are known, and then looks at each picture that the
// page sends. No picture leaves it; what it answers are numbers.
import * as tf from "@tensorflow/tfjs-core";
import {setWasmPaths} from "@tensorflow/tfjs-backend-wasm";
import {Eye} from "./eye.js";
import {Net} from "./net.js";
import {YuNet} from "./yunet.js";

const TEST_LOOKS = 5, TEST_ROUNDS = 3, PAUSE_MS = 1000, MOST_PX_APART = 2, MOST_APART = 0.05;
let eye, canvas;

const ANSWER = {load, look, judge, forget};

onmessage = async ({data: {kind, ...asked}}) => {
  try {
    postMessage({kind, ...(await ANSWER[kind](asked))});
  } catch (error) {
    postMessage({kind: "failed", problem: String(error)});
  }
};

// files: their addresses; simd: false uses the slow build that every browser runs; everyMs: how often to ask for a picture.
// By a clock of the worker's, because that of a page in the background is slowed down.
async function load({files, several, simd, everyMs}) {
  const beganAt = performance.now();
  const names = {"tfjs-backend-wasm.wasm": files.wasm, "tfjs-backend-wasm-simd.wasm": files.wasm_simd};
  setWasmPaths({...names, "tfjs-backend-wasm-threaded-simd.wasm": files.wasm_simd}); // never used: one thread is enough
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  if (simd === false) tf.env().set("WASM_HAS_SIMD_SUPPORT", false);
  const [detector, classifier, test] = await Promise.all([
    ...[files.detector, files.classifier].map(async (file) => (await fetched(file)).arrayBuffer()),
    fetched(files.test).then((answer) => answer.json()), tf.setBackend("wasm"),
  ]);
  eye = new Eye(new YuNet(new Net(detector)), new Net(classifier), several);
  const tested = await selfTest(test), isSimd = await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT");
  if (everyMs) setInterval(() => postMessage({kind: "tick"}), everyMs);
  return {...tested, isSimd, loadedMs: performance.now() - beganAt};
}

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}`);
  return answer;
}

// Whether the numbers are right here (early Safaris computed wrong ones), and how long a look takes. A device that is slow is
// asked again: it may be busy with something else.
async function selfTest({picture, box, probabilities, slow_ms: slowMs}) {
  const {width, height, grey} = picture, known = Uint8Array.from(atob(grey), (byte) => byte.charCodeAt(0));
  const data = Uint8ClampedArray.from({length: 4 * known.length}, (_, at) => (at % 4 === 3 ? 255 : known[at >> 2]));
  const near = (some, others, most) => some.every((one, at) => Math.abs(one - others[at]) <= most);
  const [face] = eye.look({data, width, height}).faces;
  const isRight = face !== undefined && near(face.box, box, MOST_PX_APART) && near(face.probabilities, probabilities, MOST_APART);
  let medianMs = Infinity;
  for (let round = 0; round < TEST_ROUNDS && medianMs > slowMs; round++) {
    if (round) await new Promise((done) => setTimeout(done, PAUSE_MS));
    const times = Array.from({length: TEST_LOOKS}, () => {
      const beganAt = performance.now();
      eye.look({data, width, height});
      return performance.now() - beganAt;
    });
    medianMs = times.sort((a, b) => a - b)[TEST_LOOKS >> 1];
  }
  eye.forget();
  return {isRight, isFast: medianMs <= slowMs, medianMs};
}

// bitmap: of the camera; or picture: {data, width, height}, RGBA.
function look({bitmap, picture}) {
  const beganAt = performance.now(), {width, height} = bitmap ?? picture;
  return {...eye.look(picture ?? pixels(bitmap)), width, height, ms: performance.now() - beganAt};
}

function pixels(bitmap) {
  const {width, height} = bitmap;
  if (canvas?.canvas.width !== width || canvas.canvas.height !== height)
    canvas = new OffscreenCanvas(width, height).getContext("2d", {willReadFrequently: true});
  canvas.drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas.getImageData(0, 0, width, height);
}

function forget({several = eye.several}) {
  eye.several = several;
  eye.forget();
}

// What the classifier says of crops, 48 x 48 bytes each.
function judge({faces}) {
  return {judged: eye.judge(Array.from({length: faces.length / 2304}, (_, n) => faces.subarray(2304 * n, 2304 * n + 2304)))};
}
