// Runs in the page, beside the camera's component: an iframe of the same origin that keeps its stream and its errors to
// itself and cannot change either while it plays. So its getUserMedia is wrapped; and so is the page's own where faces are
// read on the device. The page's <html data-camera-problem>
// then names what failed (camera_help.py has the words), and the tracks are asked for the rate that stands on the page.
window.cameraWatch ??= (() => {
  const PROBLEMS = {
    NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing", OverconstrainedError: "missing",
    NotReadableError: "busy", AbortError: "busy",
  };
  const LOOK = `
    .MuiAlert-root, label {display: none !important} /* English only, and said by the page */
    button {min-width: 44px !important; min-height: 44px; border-radius: .5rem !important; box-shadow: none !important;
            text-transform: none !important; font: 400 .9rem "Source Sans", system-ui, sans-serif !important;
            letter-spacing: 0 !important; transition: none !important}
    .MuiButton-text {border: 1px solid color-mix(in srgb, currentColor 20%, transparent) !important; padding: 0 .75rem !important}`;

  function say(problem) {
    const page = document.documentElement.dataset;
    if (problem) page.cameraProblem = problem; else delete page.cameraProblem;
  }

  function problemOf(error) {
    if (error.name === "NotAllowedError" && /dismissed/i.test(error.message)) return "dismissed";
    if (error.name === "NotAllowedError" && /system/i.test(error.message)) return "system";
    return PROBLEMS[error.name] ?? "other";
  }

  function wrap(devices) {
    const getUserMedia = devices.getUserMedia.bind(devices);
    devices.tracks = [];
    devices.getUserMedia = async (constraints) => {
      say("");
      try {
        const stream = await getUserMedia(constraints);
        devices.tracks = stream.getVideoTracks();
        return stream;
      } catch (error) {
        say(problemOf(error));
        throw error;
      }
    };
  }

  // Who allowed the camera beside the address need not press anything to be rid of the steps that say so.
  async function followPermission(navigator) {
    const permission = await navigator.permissions?.query({name: "camera"}).catch(() => null);
    if (permission) permission.onchange = () => permission.state !== "denied" && say("");
  }

  // The buttons of the component look like those of the page, which has its font already.
  function dress(inside) {
    const style = inside.document.createElement("style");
    style.textContent = LOOK;
    inside.document.head.append(style);
    const font = performance.getEntriesByType("resource").find(({name}) => name.includes("/SourceSansVF-Upright"));
    if (font) inside.document.fonts.add(new inside.FontFace("Source Sans", `url(${font.name})`, {weight: "200 900"}));
  }

  function begin(inside) {
    if (inside !== window) dress(inside);
    const devices = inside.navigator.mediaDevices;
    if (!devices) return say("unsupported");
    say("");
    wrap(devices);
    followPermission(inside.navigator);
  }

  return setInterval(() => {
    const fps = Number(document.querySelector("[data-camera-fps]")?.dataset.cameraFps);
    const frames = [...document.querySelectorAll("iframe[title*='webrtc']")];
    const own = [...document.querySelectorAll("[data-own-camera]")];
    if (!frames.length && !own.length) say("");
    for (const frame of [...own, ...frames]) {
      const inside = frame.contentWindow ?? window;
      if (inside?.document.readyState !== "complete" || inside.location.href === "about:blank") continue;
      if (!inside.document.isWatched) begin(inside);
      inside.document.isWatched = true;
      frame.dataset.isWatched = "";
      for (const track of inside.navigator.mediaDevices?.tracks ?? [])
        if (fps && track.readyState === "live" && track.getConstraints().frameRate?.max !== fps)
          track.applyConstraints({...track.getConstraints(), frameRate: {ideal: fps, max: fps}}).catch(() => {});
    }
  }, 300);
})();
