// Runs in the mirror's page. The visitor's own video is shown straight from the camera's component, which camera.js
// watches; over it is drawn what the server says of each look (mirror_socket.py). Texts come from the page, translated.
window.mirrorWatch ??= (() => {
  const GREETING_MS = 3000, RETRY_MS = 2000, MOST_CARDS = 12, FACE_PX = 64, HIGHEST_VH = 75, MOST_LABEL = 1.7;
  const READY = "#2BD9A0", MISSING = "#FFB000", PLAIN = "#FFFFFF", FAINT = "#B0B0B0";
  let socket = null, retryAt = 0, look = null, greeted = null, sound = null, hiding = 0, words = {};

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const percent = (share) => `${Math.round(100 * share)} %`;
  const nameOf = (face) => face.name || fill(words.face, {n: face.number + 1});
  const numbered = (face) => face.name || face.number + 1;
  const listed = (numbers) => numbers.length === 1 ? fill(words.face, {n: numbers[0] + 1})
    : fill(words.faces, {faces: numbers.map((one) => one + 1).join(", ")});
  const said = (face) => face.because ? `${words.labels.unsure}: ${words.reasons[face.because]}`
    : `${words.labels[face.expression]} ${percent(Math.max(...face.p))}`;

  function make(tag, kind, parent) {
    const made = document.createElement(tag);
    if (kind) made.className = kind;
    parent?.append(made);
    return made;
  }

  function trackOfCamera() {
    for (const {contentWindow: inside} of document.querySelectorAll("iframe[title*='webrtc']"))
      for (const track of inside?.navigator.mediaDevices?.tracks ?? []) if (track.readyState === "live") return track;
    return null;
  }

  function furnish(glass) {
    const video = make("video", "", glass);
    video.muted = video.autoplay = video.playsInline = true;
    const canvas = make("canvas", "", glass);
    canvas.addEventListener("click", (event) => press(glass, event));
    make("div", "count", glass);
    make("div", "greeting", glass).setAttribute("role", "status");
    make("div", "says", glass).setAttribute("role", "status");
  }

  function show(glass, track) {
    const video = glass.querySelector("video");
    glass.classList.toggle("is-on", track !== null);
    if (track === null) { video.srcObject = null; return; }
    if (video.srcObject?.getVideoTracks()[0] !== track) {
      video.srcObject = new MediaStream([track]);
      video.play().catch(() => {});
      glass.classList.toggle("is-mirrored", track.getSettings().facingMode !== "environment");
    }
    if (!video.videoWidth) return;
    glass.style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`;
    glass.style.width = `min(100%, ${HIGHEST_VH * video.videoWidth / video.videoHeight}vh)`; // a phone's is upright
  }

  function listen(glass) {
    if (socket || Date.now() < retryAt) return;
    socket = new WebSocket(new URL("mirror/looks", location.href.replace(/^http/, "ws")));
    socket.onopen = () => socket.send(glass.dataset.token);
    socket.onmessage = (message) => draw(JSON.parse(message.data));
    socket.onclose = () => { socket = null; retryAt = Date.now() + RETRY_MS; };
  }

  function draw(fresh) {
    look = fresh;
    const glass = document.querySelector(".mirror[data-token]");
    if (!glass?.classList.contains("is-on")) return;
    // While a photo is to be taken the browser shall send fewer frames rather than smaller ones.
    const track = glass.querySelector("video").srcObject?.getVideoTracks()[0];
    if (track) track.contentHint = look.photo ? "detail" : "";
    drawBoxes(glass, look);
    drawCards(document.querySelector(".live-cards"), look.faces, look.photo);
    glass.querySelector(".says").textContent = progress(look.photo);
    glass.querySelector(".count").textContent = look.photo?.stage !== "counting" ? "" : look.photo.count || words.hold;
    if (greeted !== null && look.greeted > greeted) greet(glass);
    greeted = look.greeted;
  }

  function progress(photo) {
    if (photo?.stage !== "waiting") return "";
    const parts = [];
    if (photo.more) parts.push(fill(words.more, {n: photo.more}));
    if (photo.missing.length)
      parts.push(fill(words.waiting, {n: photo.missing.length, all: photo.awaited.length, faces: listed(photo.missing)}));
    if (!photo.awaited.length) parts.push(words.nobody);
    for (const [number, reason] of Object.entries(photo.unreadable))
      parts.push(fill(words.unreadable, {face: fill(words.face, {n: Number(number) + 1}), reason: words.reasons[reason]}));
    if (photo.leftOut.length) parts.push(fill(words.leftOut, {faces: listed(photo.leftOut)}));
    return parts.join(" ");
  }

  // Colour, line and sign of a box; not by its colour alone.
  function styleOf(number, photo) {
    if (!photo || photo.stage === "taken") return [PLAIN, [], ""];
    if (photo.leftOut.includes(number) || number in photo.unreadable) return [FAINT, [2, 5], "– "];
    return photo.missing.includes(number) ? [MISSING, [8, 6], "… "] : [READY, [], "✓ "];
  }

  function rect(canvas, box, isMirrored) {
    const [x, y, width, height] = box, left = isMirrored ? 1 - x - width : x;
    return [left * canvas.width, y * canvas.height, width * canvas.width, height * canvas.height];
  }

  // What a box can be called, the longest first: on a phone faces stand close.
  function labels(face, sign) {
    const word = words.labels[face.expression];
    return [`${sign}${numbered(face)} · ${said(face)}`, `${sign}${numbered(face)} · ${word}`];
  }

  function drawBoxes(glass, {faces, photo}) {
    const canvas = glass.querySelector("canvas"), ratio = devicePixelRatio || 1;
    canvas.width = canvas.clientWidth * ratio;
    canvas.height = canvas.clientHeight * ratio;
    const pen = canvas.getContext("2d");
    pen.font = `600 ${15 * ratio}px system-ui, sans-serif`;
    pen.textBaseline = "bottom";
    for (const face of faces) {
      const [x, y, width, height] = rect(canvas, face.box, glass.classList.contains("is-mirrored"));
      const [colour, dashes, sign] = styleOf(face.number, photo);
      for (const [style, wide] of [["rgba(0, 0, 0, .7)", 5], [colour, 2.5]]) {
        pen.strokeStyle = style;
        pen.lineWidth = wide * ratio;
        pen.setLineDash(dashes.map((one) => one * ratio));
        pen.strokeRect(x, y, width, height);
      }
      const text = labels(face, sign).find((one) => pen.measureText(one).width < MOST_LABEL * width) ?? `${sign}${numbered(face)}`;
      const long = pen.measureText(text).width + 10 * ratio;
      const left = Math.max(0, Math.min(x, canvas.width - long)), foot = Math.max(22 * ratio, y);
      pen.fillStyle = "rgba(0, 0, 0, .7)";
      pen.fillRect(left, foot - 22 * ratio, long, 22 * ratio);
      pen.fillStyle = colour;
      pen.fillText(text, left + 5 * ratio, foot - 2 * ratio);
    }
  }

  function press(glass, event) {
    const canvas = event.target, at = canvas.getBoundingClientRect(), ratio = canvas.width / at.width;
    const x = (event.clientX - at.left) * ratio, y = (event.clientY - at.top) * ratio;
    const hit = look?.faces.find((face) => {
      const [left, top, width, height] = rect(canvas, face.box, glass.classList.contains("is-mirrored"));
      return left <= x && x <= left + width && top <= y && y <= top + height;
    });
    if (hit && look.photo) socket?.send(String(hit.number));
  }

  // A card is made once for each face and then only changed, so that it can be read and pressed.
  function drawCards(holder, faces, photo) {
    if (!holder) return;
    const shown = [...faces].sort((a, b) => a.number - b.number).slice(0, MOST_CARDS);
    for (const card of [...holder.children]) if (!shown.some((one) => String(one.number) === card.dataset.number)) card.remove();
    for (const face of shown) {
      const card = [...holder.children].find((one) => one.dataset.number === String(face.number)) ?? makeCard(holder, face);
      card.querySelector("h4").textContent = `${nameOf(face)} · ${said(face)}`;
      face.p.forEach((share, place) => {
        card.querySelectorAll(".bar i")[place].style.width = percent(share).replace(" ", "");
        card.querySelectorAll(".share")[place].textContent = percent(share);
      });
      const button = card.querySelector("button");
      button.hidden = photo?.stage !== "waiting";
      button.textContent = photo?.leftOut.includes(face.number) ? words.waitFor : words.leaveOut;
    }
  }

  function makeCard(holder, face) {
    const card = make("section", "face-card", holder), head = make("header", "", card), bars = make("dl", "", card);
    card.dataset.number = face.number;
    make("h4", "", head);
    const button = make("button", "", head);
    button.type = "button";
    button.onclick = () => socket?.send(String(face.number));
    words.expressions.forEach((name, place) => {
      make("dt", "", bars).textContent = name;
      make("i", "", make("dd", "bar", bars)).style.background = words.colours[place];
      make("dd", "share", bars);
    });
    return card;
  }

  // The picture that was taken: the bars of each face beside its cut-out, and a link that downloads it.
  function drawPhoto(photo) {
    const image = photo.querySelector("img");
    if (photo.isDrawn === image.src || !image.complete || !image.naturalWidth) return;
    const faces = JSON.parse(photo.dataset.faces), holder = document.querySelector(".photo-cards");
    if (!holder) return;
    photo.isDrawn = image.src;
    holder.replaceChildren();
    drawCards(holder, faces, null);
    for (const face of faces) {
      const card = [...holder.children].find((one) => one.dataset.number === String(face.number));
      if (!card) continue;
      const cut = document.createElement("canvas"), [x, y, width, height] = face.box;
      cut.width = cut.height = 2 * FACE_PX;
      cut.getContext("2d").drawImage(image, x * image.naturalWidth, y * image.naturalHeight,
        width * image.naturalWidth, height * image.naturalHeight, 0, 0, cut.width, cut.height);
      card.querySelector("header").prepend(cut);
    }
    photo.querySelector("a.save")?.remove();
    const save = make("a", "save", null);
    save.textContent = words.save;
    save.download = `group-photo-${new Date().toISOString().slice(0, 19).replace(/[T:]/g, "-")}.jpg`;
    const bytes = Uint8Array.from(atob(image.src.split(",")[1]), (char) => char.charCodeAt(0));
    save.href = URL.createObjectURL(new Blob([bytes], {type: "image/jpeg"}));
    image.after(save);
  }

  function greet(glass) {
    const text = glass.querySelector(".greeting");
    text.textContent = glass.dataset.greeting;
    text.classList.add("is-shown");
    clearTimeout(hiding);
    hiding = setTimeout(() => text.classList.remove("is-shown"), GREETING_MS);
    if (glass.dataset.sound === "true") chime();
  }

  function chime() {
    sound ??= new AudioContext();
    const volume = new GainNode(sound, {gain: 0.2});
    volume.connect(sound.destination);
    volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.6);
    [660, 880].forEach((frequency, place) => {
      const tone = new OscillatorNode(sound, {frequency});
      tone.connect(volume);
      tone.start(sound.currentTime + 0.15 * place);
      tone.stop(sound.currentTime + 0.6);
    });
  }

  return setInterval(() => {
    const glass = document.querySelector(".mirror[data-token]");
    if (!glass) { socket?.close(); greeted = null; return; }
    words = JSON.parse(glass.dataset.words);
    if (!glass.querySelector("canvas")) furnish(glass);
    const track = trackOfCamera();
    show(glass, track);
    if (track) listen(glass); else drawCards(document.querySelector(".live-cards"), [], null);
    for (const photo of document.querySelectorAll(".group-photo")) drawPhoto(photo);
  }, 250);
})();
