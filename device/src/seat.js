// A student's place in a lesson. The page says what it needs to know by <div data-seat='{...}'> (fer/web/student_seat.py), which
// may come, change and go while the page stays. Where the server reads the face, Streamlit shows the camera beside it, and
// <span data-camera="on"> says that it was started.
import {Answers} from "./answers.js";
import {Capture} from "./capture.js";
import {FACE, NO_FACE} from "./eye.js";
import {Link} from "./link.js";
import {Report} from "./report.js";
import {View} from "./view.js";

const WATCH_MS = 300, MOST_FACES = 20;
// A class that is over loads again one after the other, and a page that the server sends away again and again not at once.
const RELOAD_MS = 300, RELOAD_SPREAD_MS = 2000, RELOADED = "seatReloaded", RELOAD_APART_MS = 10000;
const BEGINS = {"": ["no camera", "info"], device: ["off", "info"], shared: ["off", "info"], waits: ["waits", "warning"],
  "joining closed": ["joining closed", "info"]};

class Seat {
  constructor(said) {
    Object.assign(this, {said, told: {}, state: BEGINS[said.camera]});
    this.view = new View(said, {
      start: () => this.toggleCamera(), here: () => this.link.open(), own: (isWanted) => this.link.keep({show: isWanted}),
    });
    this.link = new Link(said, {
      news: (news) => this.hear(news), picture: (jpeg) => this.view.showPicture(jpeg), state: (state) => this.showLink(state),
      answer: (...given) => this.answers.answer(...given),
    });
    if (said.words) this.answers = new Answers(said, (what, message) => this.press(what, message));
    if (this.answers) this.view.root.append(this.answers.root);
    if (said.camera === "device") this.readHere();
    this.view.show(...this.state);
  }

  readHere() {
    this.report = new Report(this.said, (bytes) => this.link.sendNumbers(bytes));
    this.capture = new Capture(this.said, {
      cannot: (problem) => this.cannot(problem), look: (look) => this.see(look), state: (state) => this.showState(state),
    });
  }

  end() {
    clearTimeout(this.reloads);
    this.link.end();
    this.capture?.end();
    this.view.root.remove();
  }

  press(what, message) {
    this.link.press(what, message);
    this.answers.show(this.told, this.link.pending);
  }

  hear(news) {
    if (news.out) return this.showLink("out");
    if (news.now) this.aheadMs = 1000 * news.now - Date.now();
    if (news.fps) this.view.root.dataset.cameraFps = news.fps; // own/camera.js asks the camera for it
    if (news.state) this.showState(news.state.slice(1), news.state[0]);
    Object.assign(this.told, news);
    this.view.showWarning(this.told.teachersOwn && ["device", "shared"].includes(this.said.camera));
    this.answers?.show(this.told, this.link.pending);
  }

  showLink(state) {
    if (state === "out") return this.reload();
    this.away = state === "open" ? null : state;
    this.view.here.hidden = state !== "elsewhere";
    if (state === "elsewhere" && this.capture?.isOn) this.toggleCamera();
    this.view.show(...(this.away ? [this.away, "warning"] : this.state));
  }

  reload() {
    const last = Number(sessionStorage.getItem(RELOADED)), since = Date.now() - last;
    const wait = (since < RELOAD_APART_MS ? RELOAD_APART_MS : RELOAD_MS) + RELOAD_SPREAD_MS * Math.random();
    this.reloads ??= setTimeout(() => (sessionStorage.setItem(RELOADED, Date.now()), location.reload()), wait);
  }

  // Of the camera

  showState(state, level = state === "stopped" ? "warning" : "info") {
    if (state === "stopped") this.view.showCamera(null);
    this.state = [state, level];
    if (!this.away) this.view.show(state, level);
  }

  // Of the camera that Streamlit shows.
  follow(isOn) {
    if (isOn === undefined || this.isOn === isOn) return;
    this.isOn = isOn;
    this.view.own.hidden = !isOn;
    if (!isOn) this.view.own.open = false;
    this.link.keep({camera: isOn});
  }

  async toggleCamera() {
    if (this.capture.isOn) {
      this.capture.stop();
      this.view.showCamera(null);
      return this.showState("off");
    }
    try {
      await this.capture.start();
      if (this.capture.isOn) this.view.showCamera(this.capture.video);
    } catch {
      this.capture.stop(); // own/camera.js says what to do
    }
  }

  // The page asks anew, with what must be agreed to then.
  cannot(problem) {
    const address = new URL(location.href);
    address.searchParams.set("cannot", problem);
    location.replace(address);
  }

  see(look) {
    this.report.take(look, performance.now(), (Date.now() + this.aheadMs) / 1000);
    const students = look.faces.filter((face) => face.isStudent);
    this.view.showLook(look, students.map((face) => this.report.labelOf(face)));
    this.showState(...this.stateOf(look, students));
  }

  // As fer/web/camera_state.py says it: the names of the sentences, and the level.
  stateOf({status, faces, turns}, students) {
    if (status !== FACE) return [status === NO_FACE && faces.length ? "another face" : status, "warning"];
    const n = Math.min(students.length, MOST_FACES), reason = n === 1 ? this.report.unsureBecause(students[0]) : null;
    if (reason === "cut off") return [`${reason} ${students[0].beyond}`, "warning"];
    if (reason && reason !== "undecided") return [reason, "warning"];
    const turned = [null, "on its side", "upside down", "on its side"][turns];
    return [[n === 1 ? FACE : `${n} faces`, turned, reason].filter(Boolean), "success"];
  }
}

window.studentSeat ??= (() => {
  let seat, told;
  return setInterval(() => {
    const host = document.querySelector("[data-seat]"), now = host?.dataset.seat;
    if (now !== told) {
      seat?.end();
      seat = now && new Seat(JSON.parse(now));
      told = now;
    }
    if (!seat) return;
    if (seat.view.root.parentElement !== host) host.append(seat.view.root);
    const camera = document.querySelector("[data-camera]")?.dataset.camera;
    if (seat.said.camera === "shared") seat.follow(camera && camera === "on");
  }, WATCH_MS);
})();
