// What the student sees of it all: plain elements, made once and changed where something changes.

export function element(kind, {children = [], ...given} = {}) {
  const made = Object.assign(document.createElement(kind), given);
  made.append(...children);
  return made;
}

// Text with **bold** in it.
export function write(where, text) {
  if (where.dataset.text === text) return; // so that a screen reader says it once
  where.dataset.text = text;
  where.replaceChildren(...text.split("**").map((part, place) => (place % 2 ? element("strong", {textContent: part}) : part)));
}

export class View {
  constructor(said, on) {
    Object.assign(this, {said, on, texts: said.texts});
    this.state = element("p", {className: "state", role: "status"});
    this.start = element("button", {className: "first", textContent: this.texts.start, onclick: on.start, hidden: !said.camera});
    this.here = element("button", {textContent: this.texts.here, onclick: on.here, hidden: true});
    this.own = this.makeOwn();
    this.words = this.makeButtons(Object.entries(said.words), on.say);
    this.root = element("div", {className: "seat", children: [
      element("div", {className: "row", children: [this.start, this.here]}), this.state, this.own,
      element("p", {className: "hint", textContent: this.texts.tell}), this.words,
    ]});
  }

  makeButtons(choices, press) {
    const make = ([value, text]) => {
      const button = element("button", {textContent: text, onclick: () => press(value), ariaPressed: "false"});
      button.dataset.value = value;
      return button;
    };
    return element("div", {className: "row", children: choices.map(make)});
  }

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

  // One of the texts by its name, or several.
  show(names, level = "info") {
    this.state.dataset.level = level;
    write(this.state, [names].flat().map((name) => this.texts[name]).join(" "));
  }

  showCamera(video) {
    this.start.textContent = video ? this.texts.stop : this.texts.start;
    this.start.className = video ? "" : "first";
    this.own.hidden = !video;
    this.picture.replaceChildren(...(video ? [video] : []));
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

  showWord(word) {
    for (const button of this.words.children) button.ariaPressed = String(button.dataset.value === word);
  }
}
