// Plain elements, made once and changed where something changes.

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

export function button(textContent, onclick, given = {}) {
  return element("button", {type: "button", textContent, onclick, ...given});
}

// A line to type in, and the button that sends it; what is typed goes to send(text).
export function line(label, sends, longest, send, given = {}) {
  const input = element("input", {type: "text", maxLength: longest, autocomplete: "off", ...given});
  const submit = element("button", {textContent: sends});
  const form = element("form", {className: "row", children: [element("label", {children: [label, input]}), submit]});
  form.onsubmit = (event) => (event.preventDefault(), send(input.value));
  return {form, input};
}

// So many elements as there are things: each is made once, by make(thing), and changed by change(element, thing).
export function list(where, things, make, change) {
  const before = new Map([...where.children].map((one) => [one.dataset.key, one]));
  const wanted = things.map((thing) => {
    const found = before.get(String(thing.key)) ?? make(thing);
    found.dataset.key = thing.key;
    change(found, thing);
    return found;
  });
  before.forEach((one) => wanted.includes(one) || one.remove());
  wanted.forEach((one, place) => where.children[place] === one || where.insertBefore(one, where.children[place] ?? null));
}
