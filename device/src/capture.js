// The camera and the worker that looks at its pictures. No picture goes anywhere else.
const LONGEST_SIDE_PX = 320, MOST_FAILURES = 5, LOAD_AGAIN_MS = 1000;

const isAble = () => [globalThis.Worker, globalThis.OffscreenCanvas, globalThis.createImageBitmap, globalThis.WebAssembly].every(Boolean);

export class Capture {
  // on.cannot("old", "wrong", "slow" or "failed"), on.look(what was seen), on.state("loading", "looking" or "stopped")
  constructor({files, everyMs, several, simd}, on) {
    Object.assign(this, {on, video: document.createElement("video"), failures: 0});
    Object.assign(this.video, {muted: true, playsInline: true});
    if (!isAble()) return void (this.problem = "old");
    files = Object.fromEntries(Object.entries(files).map(([name, address]) => [name, new URL(address, document.baseURI).href]));
    this.load = () => this.begin(files.worker, {kind: "load", files, several, simd, everyMs});
    this.load();
  }

  begin(address, asked) {
    this.worker = new Worker(address);
    this.worker.onmessage = ({data}) => this.hear(data);
    this.worker.onerror = () => this.hear({kind: "failed"});
    this.worker.postMessage(asked);
  }

  // A network that fails once may be back a second later.
  loadAgain() {
    this.worker.terminate();
    if (this.hasLoadedAgain) return this.cannot("failed");
    this.hasLoadedAgain = true;
    this.again = setTimeout(this.load, LOAD_AGAIN_MS);
  }

  get isOn() {
    return Boolean(this.stream);
  }

  async start() {
    if (this.problem) return this.on.cannot(this.problem);
    const size = {width: {ideal: LONGEST_SIDE_PX}, height: {ideal: 240}, frameRate: {ideal: 5, max: 10}};
    this.stream = await navigator.mediaDevices.getUserMedia({audio: false, video: size});
    this.stream.getVideoTracks()[0].onended = () => this.fail();
    this.video.srcObject = this.stream;
    await this.video.play();
    this.worker.postMessage({kind: "forget"});
    this.on.state(this.isReady ? "looking" : "loading");
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = this.video.srcObject = null;
  }

  end() {
    this.stop();
    clearTimeout(this.again);
    this.worker?.terminate();
  }

  fail() {
    this.stop();
    this.on.state("stopped");
  }

  hear({kind, ...said}) {
    if (kind === "tick") this.show();
    else if (kind === "load") this.judge(said);
    else if (kind === "look") this.see(said);
    else if (kind === "failed") this.isReady ? this.failed() : this.loadAgain();
  }

  judge({isRight, isFast}) {
    if (!isRight) return this.cannot("wrong");
    if (!isFast) return this.cannot("slow");
    this.isReady = true;
    if (this.isOn) this.on.state("looking");
  }

  cannot(problem) {
    this.problem = problem;
    if (!this.isOn) return;
    this.stop();
    this.on.cannot(problem);
  }

  async show() {
    const {videoWidth, videoHeight, readyState} = this.video;
    if (!this.isOn || !this.isReady || this.isBusy || readyState < 2) return;
    this.isBusy = true;
    try {
      const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(videoWidth, videoHeight));
      const size = {resizeWidth: Math.round(videoWidth * scale), resizeHeight: Math.round(videoHeight * scale)};
      const bitmap = await createImageBitmap(this.video, {...size, resizeQuality: "medium"});
      this.worker.postMessage({kind: "look", bitmap}, [bitmap]);
    } catch {
      this.failed();
    }
  }

  see(look) {
    Object.assign(this, {isBusy: false, failures: 0});
    if (this.isOn) this.on.look(look);
  }

  failed() {
    this.isBusy = false;
    if (++this.failures > MOST_FAILURES) this.fail();
  }
}
