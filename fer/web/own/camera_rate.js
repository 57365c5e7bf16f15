// The camera's component keeps its stream to itself and cannot change it while it plays. So its window's getUserMedia
// is wrapped, and the tracks it gave are asked for the rate that stands on the page: <span data-camera-fps="5">.
window.cameraRate ??= setInterval(() => {
  const fps = Number(document.querySelector("[data-camera-fps]")?.dataset.cameraFps);
  for (const frame of document.querySelectorAll("iframe[title*='webrtc']")) {
    const devices = frame.contentWindow?.navigator.mediaDevices;
    if (!devices || !fps) continue;
    if (!devices.tracks) {
      const getUserMedia = devices.getUserMedia.bind(devices);
      devices.tracks = [];
      devices.getUserMedia = async (constraints) => {
        const stream = await getUserMedia(constraints);
        devices.tracks = stream.getVideoTracks();
        return stream;
      };
    }
    for (const track of devices.tracks)
      if (track.readyState === "live" && track.getConstraints().frameRate?.max !== fps)
        track.applyConstraints({...track.getConstraints(), frameRate: {ideal: fps, max: fps}}).catch(() => {});
  }
}, 300);
