// A student's place in a lesson whose faces are read on the students' devices. The page says what it needs to know by
// <div data-seat='{...}'> (fer/web/device_seat.py), which may come, change and go while the page stays.
import {Capture} from "./capture.js";
import {FACE, NO_FACE} from "./eye.js";
import {Link} from "./link.js";
import {Report} from "./report.js";
import {View} from "./view.js";

const WATCH_MS = 300;

class Seat {
  constructor(said) {
    this.said = said;
    this.view = new View(said, {
      start: () => this.toggleCamera(), here: () => this.link.open(),
      say: (word) => this.press(word),
    });
    this.report = new Report(said, (bytes) => this.link.sendNumbers(bytes));
    this.link = new Link(said.lesson, {news: (news) => this.hear(news), state: (state) => this.showLink(state)});
    if (said.camera) this.capture = new Capture(said, {
      cannot: (problem) => this.cannot(problem), look: (look) => this.see(look), state: (state) => this.showState(state),
    });
    this.showState(said.camera ? "off" : "no camera");
  }

  end() {
    this.link.end();
    this.capture?.end();
    this.view.root.remove();
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
    const reason = students.length === 1 ? this.report.unsureBecause(students[0]) : null;
    if (reason === "cut off") return [`${reason} ${students[0].beyond}`, "warning"];
    if (reason && reason !== "undecided") return [reason, "warning"];
    return [[FACE, [null, "on its side", "upside down", "on its side"][turns], reason].filter(Boolean), "success"];
  }

  showState(state, level = state === "stopped" ? "warning" : "info") {
    if (state === "stopped") this.view.showCamera(null);
    this.state = [state, level];
    if (!this.away) this.view.show(state, level);
  }

  showLink(state) {
    if (state === "out") return setTimeout(() => location.reload(), 300);
    this.away = state === "open" ? null : state;
    this.view.here.hidden = state !== "elsewhere";
    if (state === "elsewhere" && this.capture?.isOn) this.toggleCamera();
    if (this.away) this.view.show(this.away, "warning");
    else this.view.show(...this.state);
  }

  hear(news) {
    if (news.out) return this.showLink("out");
    if (news.now) this.aheadMs = 1000 * news.now - Date.now();
    if ("word" in news) this.view.showWord(news.word);
  }

  press(word) {
    this.link.press(word);
    this.view.showWord(word);
  }
}

window.deviceSeat ??= (() => {
  let seat, told;
  return setInterval(() => {
    const host = document.querySelector("[data-seat]"), now = host?.dataset.seat;
    if (now !== told) {
      seat?.end();
      seat = now && new Seat(JSON.parse(now));
      told = now;
    }
    if (seat && seat.view.root.parentElement !== host) host.append(seat.view.root);
  }, WATCH_MS);
})();
