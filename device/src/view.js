// What the student sees of the camera and of what was made of its pictures.
import {button, element, write} from "./elements.js";

export class View {
  // on.start(), on.here(), on.own(whether the last picture is wanted)
  constructor(said, on) {
    Object.assign(this, {said, on, texts: said.texts});
    const reads = said.camera === "device";
    this.state = element("p", {className: "state", role: "status"});
    this.warning = element("p", {className: "state", hidden: true});
    this.warning.dataset.level = "warning";
    this.start = button(this.texts.start, on.start, {className: "first", hidden: !reads});
    this.here = button(this.texts.here, on.here, {hidden: true});
    this.own = reads ? this.makeOwn() : this.makeLast();
    this.root = element("div", {className: "seat", children: [
      element("div", {className: "row", children: [this.start, this.here]}), this.warning, this.state, this.own,
    ]});
  }

  // The device's own picture, and what is sent of it.
  makeOwn() {
    this.picture = element("div", {className: "picture"});
    this.bars = this.said.labels.slice(0, -1).map((label) => {
      const bar = element("span", {className: "bar"}), number = element("span");
      return {name: element("span", {textContent: label}), bar, number};
    });
    this.sent = element("p", {className: "hint"});
    const bars = element("div", {className: "bars", children: this.bars.flatMap(({name, bar, number}) => [name, bar, number])});
    const numbers = element("div", {children: [bars, this.sent]});
    return element("details", {hidden: true, children: [
      element("summary", {textContent: this.texts.own}),
      element("div", {className: "own", children: [this.picture, numbers]}),
    ]});
  }

  // The picture that the server looked at last.
  makeLast() {
    this.last = element("img", {alt: this.texts["picture shown"], hidden: true});
    const holder = element("div", {className: "own", children: [this.last]});
    const details = element("details", {hidden: true, children: [element("summary", {textContent: this.texts.picture}), holder]});
    details.ontoggle = () => (this.on.own(details.open), details.open || this.showPicture(null));
    return details;
  }

  // Texts by their names.
  show(names, level = "info") {
    this.state.dataset.level = level;
    write(this.state, [names].flat().map((name) => this.texts[name]).join(" "));
  }

  showWarning(isShown) {
    this.warning.hidden = !isShown;
    write(this.warning, isShown ? this.texts["teacher's own"] : "");
  }

  showCamera(video) {
    this.start.textContent = video ? this.texts.stop : this.texts.start;
    this.start.className = video ? "" : "first";
    this.own.hidden = !video;
    this.picture.replaceChildren(...(video ? [video] : []));
  }

  showPicture(jpeg) {
    if (this.last.src) URL.revokeObjectURL(this.last.src);
    this.last.hidden = !jpeg;
    if (jpeg) this.last.src = URL.createObjectURL(jpeg);
    else this.last.removeAttribute("src");
  }

  // A look, mirrored as people know themselves, with the label of each face.
  showLook({faces, width, height}, labels) {
    if (!this.own.open) return;
    this.picture.querySelectorAll(".box").forEach((box) => box.remove());
    for (const {box: [x1, y1, x2, y2]} of faces.filter((face) => face.isStudent)) {
      const place = {left: (width - x2) / width, top: y1 / height, width: (x2 - x1) / width, height: (y2 - y1) / height};
      const box = element("div", {className: "box"});
      for (const [side, share] of Object.entries(place)) box.style[side] = `${100 * share}%`;
      this.picture.append(box);
    }
    const [face] = faces.filter((one) => one.isStudent);
    this.bars.forEach(({bar, number}, place) => {
      const share = face?.probabilities[place] ?? 0;
      bar.style.width = `${100 * share}%`;
      number.textContent = face ? `${Math.round(100 * share)} %` : "";
    });
    write(this.sent, face ? `**${this.said.labels[labels[0]]}**. ${this.texts.all}` : this.texts.nothing);
  }
}
