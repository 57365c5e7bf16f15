// The seat's socket: it connects again when it is lost, and what was pressed meanwhile is sent then, once.
const CODES = {4001: "out", 4002: "elsewhere"};
const FIRST_WAIT_MS = 500, LONGEST_WAIT_MS = 15000, GREET_MS = 20000;

export class Link {
  // on.news(what the server says), on.state("open", "away", "out" or "elsewhere")
  constructor(lesson, on) {
    Object.assign(this, {lesson, on, waits: 0, isEnded: false});
    this.greeting = setInterval(() => this.sendText({}), GREET_MS);
    this.open();
  }

  open() {
    const socket = new WebSocket(new URL(`seat?lesson=${this.lesson}`, document.baseURI).href.replace("http", "ws"));
    this.socket = socket;
    socket.onmessage = ({data}) => this.hear(JSON.parse(data));
    socket.onclose = ({code}) => socket === this.socket && !this.isEnded && this.lost(CODES[code]);
  }

  // With what the server knows of this student it is clear whether the last press arrived.
  hear(news) {
    if (this.waits || !this.isOpen) Object.assign(this, {waits: 0, isOpen: true}), this.on.state("open");
    if ("word" in news && this.pending) this.settle(news.word);
    this.on.news(news);
  }

  settle(word) {
    if (word === this.pending || this.again === this.pending) this.pending = null;
    else this.sendText({say: (this.again = this.pending)});
  }

  lost(why) {
    this.isOpen = false;
    this.on.state(why ?? "away");
    if (why) return;
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.waits++, LONGEST_WAIT_MS) * (0.5 + Math.random());
    this.timer = setTimeout(() => this.open(), wait);
  }

  press(word) {
    this.pending = word;
    this.again = null;
    this.sendText({say: word});
  }

  sendText(message) {
    if (this.isOpen) this.socket.send(JSON.stringify(message));
  }

  sendNumbers(bytes) {
    if (this.isOpen && this.socket.bufferedAmount < 2000) this.socket.send(bytes);
  }

  end() {
    this.isEnded = true;
    clearInterval(this.greeting);
    clearTimeout(this.timer);
    this.socket.close();
  }
}
