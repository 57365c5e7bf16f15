// The dashboard says which alert stands by <span data-alert="7" data-said="4 of 6 are lost. Repeat the last step.">. A new one
// sounds and is notified, if the teacher wants it; what is wanted stays in this browser, in the boxes with data-alert-by.
window.alertWatch ??= (() => {
  const wants = (by) => localStorage.getItem(`fer-alert-${by}`) === "yes";
  let sounds, known = document.querySelector("[data-alert]")?.dataset.alert ?? "";

  const beep = () => {
    sounds ??= new AudioContext();
    sounds.resume();
    for (const [after_s, hertz] of [[0, 660], [0.18, 880]]) {
      const tone = sounds.createOscillator(), volume = sounds.createGain(), at = sounds.currentTime + after_s;
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0.15, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + 0.3);
      tone.connect(volume).connect(sounds.destination);
      tone.start(at);
      tone.stop(at + 0.3);
    }
  };
  const notify = (said) => {
    if (window.Notification?.permission === "granted") new Notification("Live Class Monitor", {body: said, tag: "fer-alert"});
  };

  document.addEventListener("change", async ({target}) => {
    const by = target.dataset?.alertBy;
    if (!by) return;
    let wanted = target.checked;
    if (by === "notification" && wanted) wanted = await window.Notification?.requestPermission() === "granted";
    localStorage.setItem(`fer-alert-${by}`, wanted ? "yes" : "no");
    target.checked = wanted;
    if (by === "sound" && wanted) beep();
  });

  return setInterval(() => {
    for (const box of document.querySelectorAll("[data-alert-by]")) box.checked = wants(box.dataset.alertBy);
    const alert = document.querySelector("[data-alert]")?.dataset;
    if (!alert || alert.alert === known) return;
    known = alert.alert;
    if (known && wants("sound")) beep();
    if (known && wants("notification")) notify(alert.said);
  }, 500);
})();
