// What a student says: the three buttons, answers to polls, a raised hand, questions; and what the class is shown of it.
import {button, element, line, list, write} from "./elements.js";

const WORD = "word", SEVERAL = "several", REFUSED_MS = 12000;

export class Answers {
  // press(what, message) as Link's
  constructor({words, texts, longest, isNamed}, press) {
    Object.assign(this, {texts, longest, isNamed, press, timers: {}});
    this.refused = Object.fromEntries(["vote", "hand", "ask"].map((what) => [what, element("p", {className: "refused", role: "alert", hidden: true})]));
    this.words = this.makeRow(Object.entries(words).map(([word, text]) => ({key: word, text, press: () => press("word", {say: word})})));
    this.poll = element("div", {className: "card", hidden: true});
    this.pollHolder = element("div", {role: "status", children: [this.poll]});
    this.released = element("div", {className: "card", role: "status", hidden: true});
    this.root = element("div", {className: "part", children: [
      element("p", {className: "hint", textContent: texts.tell}), this.words,
      this.pollHolder, this.refused.vote, this.released, this.makeHand(), this.makeQuestions(),
    ]});
  }

  makeRow(choices) {
    const row = element("div", {className: "row"});
    row.append(...choices.map(({key, text, press}) => {
      const made = button(text, press, {ariaPressed: "false"});
      made.dataset.key = key;
      return made;
    }));
    return row;
  }

  makeHand() {
    this.handButton = button(this.texts.raise, () => this.pressHand(), {ariaPressed: "false"});
    this.handName = element("input", {type: "text", maxLength: this.longest.name, autocomplete: "name"});
    this.handNameLabel = element("label", {children: [this.texts["hand's name"], this.handName]});
    this.handHint = element("p", {className: "hint", role: "status"});
    this.handName.onkeydown = ({key}) => key === "Enter" && this.pressHand();
    const row = element("div", {className: "row", children: [this.handNameLabel, this.handButton]});
    return element("div", {className: "part", children: [row, this.refused.hand, this.handHint]});
  }

  pressHand() {
    this.press("hand", this.isUp ? {hand: false, name: ""} : {hand: true, name: this.handName.value});
  }

  makeQuestions() {
    const {form, input} = line(this.texts.question, this.texts.ask, this.longest.question, (text) => this.ask(text));
    Object.assign(this, {question: input, questions: element("div", {className: "part"})});
    return element("div", {className: "part", children: [
      form, this.refused.ask, element("p", {className: "hint", textContent: this.texts["who asks"]}), this.questions,
    ]});
  }

  // While one is on its way, a second press on the button asks nothing.
  ask(text) {
    if (!this.pending?.ask) this.press("ask", {ask: text, key: makeKey()});
  }

  // told: all that the server has said; pending: what was pressed and is not answered yet.
  show(told, pending) {
    this.pending = pending;
    mark(this.words, (word) => word === (pending.word?.say ?? told.word));
    this.showPoll(told.poll ?? null, told.vote, pending.vote);
    this.showReleased(told.released ?? null);
    this.showHand(told.hand ?? 0, pending.hand);
    this.showQuestions(told, pending);
  }

  showPoll(poll, vote, pending) {
    this.poll.hidden = !poll;
    if (!poll) return void (this.asked = null);
    if (this.asked !== poll.id) this.makePoll(poll);
    const mine = pending?.vote === poll.id ? pending.answer : vote?.[0] === poll.id ? vote[1] : null;
    this.chosen = poll.kind === WORD ? mine : [mine ?? []].flat();
    if (poll.kind !== WORD) return mark(this.choices, (place) => this.chosen.includes(Number(place)));
    this.answered.hidden = mine === null;
    if (mine !== null) this.answered.textContent = this.texts.answered.replace("{word}", mine);
  }

  makePoll({id, kind, question, choices}) {
    this.asked = id;
    const vote = (answer) => this.press("vote", {vote: id, answer});
    const parts = [element("p", {children: [element("strong", {textContent: question})]})];
    if (kind === WORD) {
      const {form, input} = line(this.texts["your answer"], this.texts.send, this.longest.word, vote, {placeholder: this.texts["a word"]});
      Object.assign(this, {word: input, answered: element("p", {className: "hint", hidden: true})});
      parts.push(form, this.answered);
    } else {
      if (kind === SEVERAL) parts.push(element("p", {className: "hint", textContent: this.texts["all that fit"]}));
      this.choices = this.makeRow(choices.map((text, place) => (
        {key: place, text, press: () => vote(kind === SEVERAL ? toggled(this.chosen, place) : place)}
      )));
      parts.push(this.choices);
    }
    this.poll.replaceChildren(...parts);
  }

  showReleased(released) {
    const now = JSON.stringify(released);
    if (now === this.shown) return;
    this.shown = now;
    this.released.hidden = !released;
    if (!released) return this.released.replaceChildren();
    const bars = element("dl", {className: "poll-bars", children: released.rows.flatMap(barOf)});
    const question = element("p", {children: [element("strong", {textContent: released.question ?? ""})], hidden: !released.question});
    this.released.replaceChildren(question, bars, element("p", {className: "hint", textContent: released.answered}));
  }

  showHand(place, pending) {
    this.isUp = pending ? pending.hand : place > 0;
    this.handButton.textContent = this.isUp ? this.texts.lower : this.texts.raise;
    this.handButton.ariaPressed = String(this.isUp);
    this.handNameLabel.hidden = this.isNamed || this.isUp;
    write(this.handHint, this.isUp && place ? this.texts["hand up"].replace("{place}", place) : this.texts.hand);
  }

  showQuestions({questions = [], mine = [], seconded = []}, pending) {
    const make = ({key: id}) => {
      const second = button(this.texts.second, () => this.press(`second ${id}`, {second: id, wants: second.ariaPressed !== "true"}));
      return element("div", {className: "asked", children: [element("p"), second, element("p", {className: "hint", textContent: this.texts.mine})]});
    };
    const change = (row, {key: id, text, more}) => {
      const [said, second, isMine] = row.children;
      said.textContent = more ? `${text} · +${more}` : text;
      second.ariaPressed = String(pending[`second ${id}`]?.wants ?? seconded.includes(id));
      second.hidden = mine.includes(id);
      isMine.hidden = !second.hidden;
    };
    list(this.questions, questions.map(([key, text, more]) => ({key, text, more})), make, change);
  }

  // A press was answered; refusal: the name of a text, or "".
  answer(what, refusal, message) {
    if (what === "ask" && !refusal && this.question.value === message.ask) this.question.value = "";
    if (what === "vote" && !refusal && this.word?.value === message.answer) this.word.value = "";
    const where = this.refused[what];
    if (!where) return;
    clearTimeout(this.timers[what]);
    where.hidden = !refusal;
    write(where, refusal && this.texts[refusal]);
    if (refusal) this.timers[what] = setTimeout(() => (where.hidden = true), REFUSED_MS);
  }
}

function mark(row, isPressed) {
  for (const one of row.children) one.ariaPressed = String(isPressed(one.dataset.key));
}

const toggled = (chosen, place) => (chosen.includes(place) ? chosen.filter((one) => one !== place) : [...chosen, place]);

function barOf([answer, share, number, isRight]) {
  const bar = element("i");
  bar.style.width = `${100 * share}%`;
  return [
    element("dt", {textContent: isRight ? `${answer} ✓` : answer, className: isRight ? "right" : ""}),
    element("dd", {className: "track", children: [bar]}), element("dd", {className: "n", textContent: number}),
  ];
}

const makeKey = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
