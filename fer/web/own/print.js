// The report's Print button. A copy that was saved has no script, and shows none.
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
