// The eye: what one frame of a camera shows, by the rules of fer/vision/eye.py and fer/lesson/engine.py.
import {cutOff} from "./cut_off.js";
import {isBlank, isSwitchedOff} from "./lens.js";
import {cropFace, cutSquare, FACE_SIZE, mirrored, resized, turned, turnedBack} from "./picture.js";
import {follow, goOn, height} from "./tracks.js";
import {OVER, UPRIGHT, wayUp} from "./turns.js";

export const FACE = "face", NO_FACE = "no face", CAMERA_OFF = "camera off";
const SMALLEST_FACE_PX = 28, MOST_CUT_OFF = 0.12, LOOKS = 4, TURNS_EVERY = 256, DOUBT_EVERY = 8, DOUBTFUL_SCORE = 0.85;
const TURN_SIDE_PX = 160, TURN_PX = 64, TURN_HEIGHTS = 1.6;

export class Eye {
  constructor(detector, classifier, several = false) {
    Object.assign(this, {detector, classifier, several});
    this.forget();
  }

  // Who comes back is not averaged with who went, and may have moved the camera.
  forget() {
    Object.assign(this, {tracks: [], upright: null, looks: 0, asked: 0, isDoubtful: false, mirror: false});
  }

  // {status, turns, faces: [{box, probabilities, readable, doubt, beyond, isStudent}]}, the student's face first.
  look(picture) {
    const {status, seen, turns} = this.see(picture);
    const judged = this.judge(seen.map((one) => (this.mirror ? mirrored(one.crop) : one.crop)));
    this.mirror = !this.mirror;
    this.tracks = goOn(this.tracks, seen, judged);
    const faces = seen.map(({doubt, cutOff: {edge}}, place) => {
      const {box, probabilities, readable, isStudent} = this.tracks[place];
      return {box: turnedBack(box, turns, picture), probabilities, readable, doubt, beyond: edge, isStudent};
    });
    return {status, turns, faces};
  }

  see(picture) {
    this.looks++;
    const isFollowed = this.tracks.some((track) => track.unseen === 0);
    if (!isFollowed && isBlank(picture)) return {status: CAMERA_OFF, seen: [], turns: 0};
    this.findWayUp(picture);
    let faces = this.findFaces(picture);
    if (faces.length && !this.upright) {
      this.upright = wayUp(picture, this.detector, 2 * TURN_SIDE_PX) ?? UPRIGHT;
      if (this.upright.turns) faces = this.findFaces(picture);
    }
    if (!faces.length) {
      this.isDoubtful ||= isFollowed;
      return {status: isSwitchedOff(picture) ? CAMERA_OFF : NO_FACE, seen: [], turns: 0};
    }
    const {turns, isSure} = this.upright ?? UPRIGHT, upright = turned(picture, turns);
    const seen = follow(this.tracks, faces, this.several).map((one) => ({...one, ...this.cutOut(upright, one, isSure)}));
    this.isDoubtful ||= seen[0].face.score < DOUBTFUL_SCORE;
    return {status: seen[0].isStudent ? FACE : NO_FACE, seen, turns};
  }

  cutOut(picture, {face: {box}, track}, isUpright) {
    const known = !this.isWholeLook && track && !track.unseen ? track.cutOff : null;
    const beyond = known ?? cutOff(picture, box, this.detector);
    const isSmall = height(box) < SMALLEST_FACE_PX;
    const doubt = isSmall ? "too small" : beyond.share > MOST_CUT_OFF ? "cut off" : isUpright ? null : "turned";
    return {crop: cropFace(picture, box), doubt, cutOff: beyond};
  }

  get isWholeLook() {
    return this.looks % LOOKS === 1;
  }

  findFaces(picture) {
    const near = this.tracks.filter((track) => !track.unseen).map((track) => track.box);
    return this.detector.detect(turned(picture, this.upright?.turns ?? 0), near, this.isWholeLook);
  }

  // Asks which way is up, where that is due: around the known face whether it hangs upside down, else in the whole frame.
  findWayUp(picture) {
    const isDoubtful = this.isDoubtful || !this.upright?.isSure;
    if (this.asked && this.looks - this.asked < (isDoubtful ? DOUBT_EVERY : TURNS_EVERY)) return;
    Object.assign(this, {asked: this.looks, isDoubtful: false});
    const seen = this.tracks.find((track) => !track.unseen);
    if (seen && this.upright) {
      const square = cutSquare(turned(picture, this.upright.turns), seen.box, TURN_HEIGHTS);
      const found = wayUp(resized(square, TURN_PX, TURN_PX), this.detector, TURN_PX, OVER);
      if (!found || (found.turns === 0 && found.isSure)) {
        this.upright = {turns: this.upright.turns, isSure: true};
        return;
      }
    }
    const found = wayUp(picture, this.detector, TURN_SIDE_PX);
    if (!found) return;
    if (this.upright && found.turns !== this.upright.turns) this.tracks = [];
    this.upright = found;
  }

  // {probabilities, readable} of each 48x48 crop; readable is null where the model does not say it.
  judge(crops) {
    if (!crops.length) return [];
    const values = Float32Array.from(crops.flatMap((crop) => [...crop]));
    const {emotion, readable} = this.classifier.run(values, [crops.length, FACE_SIZE, FACE_SIZE, 1]);
    return crops.map((_, place) => ({
      probabilities: [...emotion.slice(7 * place, 7 * place + 7)],
      readable: readable ? readable[place] : null,
    }));
  }
}
