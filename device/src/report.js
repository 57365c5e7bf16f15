// What is sent of the looks: in a lesson that shows each student one a second; else whether a face is seen, and of each step
// of some seconds the commonest label and the mean probabilities.
import {FACE} from "./eye.js";
import {lookMessage, stateMessage, stepMessage} from "./messages.js";

const LOOK_MS = 950, STATE_MS = 2000, LATEST_S = 1.5;

export class Report {
  constructor({each, stepS, unsureBelow, readableBelow}, send) {
    Object.assign(this, {each, stepS, unsureBelow, readableBelow, send, sentAt: -Infinity, faces: []});
  }

  // Why a face is unsure, or null (fer/vision/eye.py).
  unsureBecause({doubt, probabilities, readable}) {
    const isCovered = readable !== null && this.readableBelow !== null && readable < this.readableBelow;
    return doubt ?? (isCovered ? "covered" : Math.max(...probabilities) < this.unsureBelow ? "undecided" : null);
  }

  // The place of a face's label among the labels; the last is "unsure".
  labelOf(face) {
    const {probabilities} = face;
    return this.unsureBecause(face) ? probabilities.length : probabilities.indexOf(Math.max(...probabilities));
  }

  // now: ms; serverS: the server's time in seconds.
  take(look, now, serverS) {
    const isDue = now - this.sentAt >= (this.each ? LOOK_MS : STATE_MS) || look.status !== this.status;
    if (isDue) {
      Object.assign(this, {sentAt: now, status: look.status});
      this.send(this.each ? lookMessage(look) : stateMessage(look.status));
    }
    if (!this.each) this.add(look, serverS);
  }

  add({status, faces}, serverS) {
    const step = Math.floor(serverS / this.stepS);
    if (step !== this.step) {
      if (step === this.step + 1 && serverS - step * this.stepS < LATEST_S) this.sendStep();
      Object.assign(this, {step, faces: []});
    }
    if (status !== FACE) return;
    faces.filter((face) => face.isStudent).forEach((face, place) => {
      (this.faces[place] ??= []).push({label: this.labelOf(face), probabilities: face.probabilities});
    });
  }

  sendStep() {
    this.faces.forEach((looks, place) => {
      const labels = looks.map((look) => look.label), times = (label) => labels.filter((one) => one === label).length;
      const commonest = labels.reduce((most, label) => (times(label) > times(most) ? label : most));
      const means = looks[0].probabilities.map((_, at) => looks.reduce((sum, look) => sum + look.probabilities[at], 0) / looks.length);
      this.send(stepMessage(place, commonest, means));
    });
  }
}
