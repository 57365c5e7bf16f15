// A page says which of its buttons are pressed by <span data-pressed="say-lost vote-3-1">, their keys. Streamlit's own way,
// another kind of button, is seen by its colour only and takes the focus from who pressed it.
window.pressedWatch ??= setInterval(() => {
  const pressed = document.querySelector("[data-pressed]")?.dataset.pressed.split(" ") ?? [];
  for (const holder of document.querySelectorAll(".st-key-answers [class*='st-key-say-'], .st-key-answers [class*='st-key-vote-']")) {
    const is = String(pressed.some((key) => holder.classList.contains(`st-key-${key}`))), button = holder.querySelector("button");
    if (button && button.ariaPressed !== is) button.ariaPressed = is;
  }
}, 200);
