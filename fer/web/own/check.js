// The connection check. The page says by <ol data-check-run="1"> that it is to be made; how each step went is said on
// <html data-check-camera="ok">, and check_texts.py has the words for it. A step begins as "…".
// Addresses are relative: the page may be at /check or at /monitor/check.
window.connectionCheck ??= (() => {
  const STEPS = ["address", "camera", "direct", "relay", "speed", "verdict"];
  const WAIT_MS = 8_000, SPEED_BYTES = 250_000, LEAST_MBIT = 0.5; // what a camera sends, with room to spare
  const PROBLEMS = {
    NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing", OverconstrainedError: "missing",
    NotReadableError: "busy", AbortError: "busy",
  };
  const page = document.documentElement.dataset;
  const say = (step, how) => page["check" + step[0].toUpperCase() + step.slice(1)] = how;

  async function camera() {
    if (!navigator.mediaDevices?.getUserMedia) return ["unsupported", null];
    try {
      return ["ok", await navigator.mediaDevices.getUserMedia({video: true})];
    } catch (error) {
      if (error.name === "NotAllowedError" && /dismissed/i.test(error.message)) return ["dismissed", null];
      if (error.name === "NotAllowedError" && /system/i.test(error.message)) return ["system", null];
      return [PROBLEMS[error.name] ?? "other", null];
    }
  }

  // A data channel that opens took the way that a picture takes.
  async function reaches(iceServers, iceTransportPolicy) {
    const connection = new RTCPeerConnection({iceServers, iceTransportPolicy});
    try {
      const opened = new Promise((resolve) => connection.createDataChannel("check").onopen = () => resolve(true));
      const late = new Promise((resolve) => setTimeout(resolve, WAIT_MS, false));
      await connection.setLocalDescription(await connection.createOffer());
      const gathered = new Promise((resolve) => connection.onicegatheringstatechange = () => connection.iceGatheringState === "complete" && resolve());
      await Promise.race([gathered, new Promise((resolve) => setTimeout(resolve, WAIT_MS / 2))]);
      const answer = await fetch("check/offer", {method: "POST", body: JSON.stringify(connection.localDescription)});
      if (!answer.ok) return "busy";
      await connection.setRemoteDescription(await answer.json());
      return await Promise.race([opened, late]) ? "ok" : "blocked";
    } catch {
      return "blocked";
    } finally {
      connection.close();
    }
  }

  async function speed() {
    const started = performance.now();
    const answer = await fetch("check/speed", {method: "POST", body: new Uint8Array(SPEED_BYTES)}).catch(() => null);
    const mbit = SPEED_BYTES * 8 / 1000 / (performance.now() - started);
    for (const place of document.querySelectorAll("[data-check-mbit]"))
      place.textContent = mbit >= 10 ? "> 10" : mbit.toFixed(1);
    return !answer?.ok ? "failed" : mbit >= LEAST_MBIT ? "ok" : "slow";
  }

  function verdict({camera, direct, relay, speed}) {
    if (direct !== "ok" && relay !== "ok") return [direct, relay].includes("busy") ? "again" : "blocked";
    return camera !== "ok" ? "camera" : speed !== "ok" ? "slow" : "ok";
  }

  async function run() {
    for (const step of STEPS) say(step, "…");
    const went = {};
    const note = (step, how) => say(step, went[step] = how);
    note("address", isSecureContext ? "ok" : "http");
    const [how, stream] = await camera();
    note("camera", how);
    const {direct, relays} = await fetch("check/servers").then((answer) => answer.json()).catch(() => ({direct: [], relays: []}));
    await Promise.all([
      reaches(direct, "all").then((how) => note("direct", how)),
      (relays.length ? reaches(relays, "relay") : Promise.resolve("none")).then((how) => note("relay", how)),
    ]);
    stream?.getTracks().forEach((track) => track.stop()); // only now: without it browsers hide their address
    note("speed", await speed());
    say("verdict", verdict(went));
  }

  let last;
  return setInterval(() => {
    const asked = document.querySelector("[data-check-run]");
    if (!asked || asked.dataset.checkRun === last) return;
    last = asked.dataset.checkRun;
    run();
  }, 200);
})();
