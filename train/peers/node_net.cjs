// Runs in a folder of npm packages: PEER FACES OUT, uint8 (n, 48, 48) -> float32 (n, 7) in the peer's own order.
const fs = require('fs');
const path = require('path');
const packages = path.join(process.cwd(), 'node_modules');
const load = (name) => require(path.join(packages, name));
const [peer, facesFile, outFile] = process.argv.slice(2);
const AT_ONCE = 64;

async function human(tf) { // its own emotion model: grey, 64x64, -1 to 1
  const folder = path.join(packages, '@vladmandic/human/models');
  const { modelTopology, weightsManifest } = JSON.parse(fs.readFileSync(path.join(folder, 'emotion.json')));
  const bytes = fs.readFileSync(path.join(folder, 'emotion.bin'));
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  const net = await tf.loadGraphModel({ load: async () => ({ modelTopology, weightSpecs, weightData }) });
  return (faces) => net.execute(tf.image.resizeBilinear(faces.div(255), [64, 64]).sub(0.5).mul(2));
}

async function faceApi(tf, faceapi) { // its expression network: colour, 0 to 255; it makes 112x112 of them itself
  const net = faceapi.nets.faceExpressionNet;
  await net.loadFromDisk(path.join(packages, '@vladmandic/face-api/model'));
  return (faces) => net.forwardInput(new faceapi.NetInput(tf.unstack(faces.tile([1, 1, 1, 3]))));
}

async function main() {
  const wasm = load('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(path.join(packages, '@tensorflow/tfjs-backend-wasm/dist/'));
  const tf = load('@tensorflow/tfjs');
  await tf.setBackend('wasm');
  await tf.ready();
  const run = peer === 'human' ? await human(tf) : await faceApi(tf, load('@vladmandic/face-api/dist/face-api.node-wasm.js'));
  const pixels = new Uint8Array(fs.readFileSync(facesFile));
  const count = pixels.length / (48 * 48);
  const said = new Float32Array(count * 7);
  for (let start = 0; start < count; start += AT_ONCE) {
    const faces = pixels.slice(start * 48 * 48, Math.min(count, start + AT_ONCE) * 48 * 48);
    const out = tf.tidy(() => run(tf.tensor4d(Float32Array.from(faces), [faces.length / (48 * 48), 48, 48, 1])));
    said.set(out.dataSync(), start * 7);
    out.dispose();
  }
  fs.writeFileSync(outFile, Buffer.from(said.buffer));
}

main().catch((error) => { console.error(error); process.exit(1); });
