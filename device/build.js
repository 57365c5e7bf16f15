// Builds src/ into fer/web/device, with a list of what was built from what. Run by `make device`.
import {createHash} from "node:crypto";
import {copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {build} from "esbuild";

const HERE = new URL(".", import.meta.url).pathname, TO = `${HERE}../fer/web/device/`, MODULES = `${HERE}node_modules/`;
const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");
const hashes = (folder, names) => Object.fromEntries(names.sort().map((name) => [name, sha256(folder + name)]));

rmSync(TO, {recursive: true, force: true});
mkdirSync(TO);
const {metafile} = await build({
  entryPoints: ["worker", "seat"].map((name) => `${HERE}src/${name}.js`),
  outdir: TO, bundle: true, minify: true, format: "iife", target: "es2021", legalComments: "eof", metafile: true,
  logLevel: "warning",
});
for (const name of ["tfjs-backend-wasm.wasm", "tfjs-backend-wasm-simd.wasm"])
  copyFileSync(`${MODULES}@tensorflow/tfjs-backend-wasm/dist/${name}`, TO + name);
copyFileSync(`${HERE}LICENSES.txt`, `${TO}LICENSES.txt`);

const used = Object.keys(metafile.inputs).map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]);
const libraries = [...new Set(used.filter(Boolean))].sort().map((name) => {
  const {version, license} = JSON.parse(readFileSync(`${MODULES}${name}/package.json`));
  return {name, version, license};
});
const built = readdirSync(TO);
const sources = ["build.js", "LICENSES.txt", "package-lock.json", ...readdirSync(`${HERE}src`).map((name) => `src/${name}`)];
writeFileSync(`${TO}built.json`, JSON.stringify({libraries, sources: hashes(HERE, sources), built: hashes(TO, built)}, null, 1) + "\n");
