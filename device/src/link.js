// The seat's socket: it connects again when it is lost, and what was pressed meanwhile is sent then. Each press says what is to
// be so from now on, and the server answers it by its number; what was not answered is sent again.
const CODES = {4001: "out", 4002: "elsewhere"};
const FIRST_WAIT_MS = 500, LONGEST_WAIT_MS = 15000, GREET_MS = 20000;

export class Link {
  // on.news(what the server says), on.picture(a JPEG), on.state("open", "away", "out" or "elsewhere"),
  // on.answer(what was pressed, why it was refused or "")
  constructor({code, language, student, camera}, on) {
    Object.assign(this, {on, query: new URLSearchParams({code, language, camera}), waits: 0, n: 0, isEnded: false});
    Object.assign(this, {pending: {}, kept: {}, greets: Boolean(student)});
    this.greeting = setInterval(() => this.greets && this.send({}), GREET_MS);
    this.again = () => this.timer && this.open(); // it need not wait when the network is back
    addEventListener("online", this.again);
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    this.timer = null;
    const socket = new WebSocket(new URL(`seat?${this.query}`, document.baseURI).href.replace("http", "ws"));
    this.socket = socket;
    this.isElsewhere = false;
    socket.onmessage = ({data}) => socket === this.socket && this.hear(data);
    socket.onclose = ({code}) => socket === this.socket && !this.isEnded && this.lost(CODES[code]);
  }

  hear(data) {
    if (typeof data !== "string") return this.on.picture(data);
    const news = JSON.parse(data), isFirst = !this.isOpen;
    if (isFirst) Object.assign(this, {waits: 0, isOpen: true}), this.on.state("open");
    if (news.re) this.settle(...news.re);
    if ("there" in news) this.send({});
    this.on.news(news);
    if (isFirst) this.catchUp(news);
  }

  // What is so already is not said again: a button's presses are counted.
  catchUp(news) {
    if (this.pending.word && this.pending.word.say === news.word) delete this.pending.word;
    [...Object.values(this.kept), ...Object.values(this.pending)].forEach((message) => this.send(message));
  }

  settle(n, refusal) {
    const [what] = Object.entries(this.pending).find(([, message]) => message.n === n) ?? [];
    if (!what) return;
    const message = this.pending[what];
    delete this.pending[what];
    this.on.answer(what, refusal, message);
  }

  lost(why) {
    this.isOpen = false;
    this.isElsewhere = why === "elsewhere";
    this.on.state(why ?? "away");
    if (why) return;
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.waits++, LONGEST_WAIT_MS) * (0.5 + Math.random());
    this.timer = setTimeout(() => this.open(), wait);
  }

  // what: "word", "vote", "hand", "ask" or "second" with a number. The newest of each counts.
  press(what, message) {
    this.pending[what] = {n: ++this.n, ...message};
    if (this.isElsewhere) this.open();
    this.send(this.pending[what]);
  }

  // What the server has to know for as long as the page is open: {camera: true}.
  keep(message) {
    Object.assign(this.kept, Object.fromEntries(Object.keys(message).map((name) => [name, message])));
    this.send(message);
  }

  send(message) {
    if (this.isOpen) this.socket.send(JSON.stringify(message));
  }

  sendNumbers(bytes) {
    if (this.isOpen && this.socket.bufferedAmount < 2000) this.socket.send(bytes);
  }

  end() {
    this.isEnded = true;
    removeEventListener("online", this.again);
    clearInterval(this.greeting);
    clearTimeout(this.timer);
    this.socket.close();
  }
}
