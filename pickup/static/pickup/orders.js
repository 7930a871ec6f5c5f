/**
 * The Orders screens in the browser: a badge and, if wanted, a chime for a new
 * order; focus kept when the board is drawn anew; ticks while picking, kept on this
 * device; printing.
 */
const title = document.title;
const chime = document.querySelector("[data-chime]");
const fresh = () =>
  new Set([...document.querySelectorAll('#board .ticket[data-state="placed"]')].map((ticket) => ticket.id));

let known = fresh();
let focused = "";

function badge() {
  const count = fresh().size;
  document.title = count ? `(${count}) ${title}` : title;
}

function ring() {
  if (localStorage.getItem("chime") !== "on") return;
  const audio = new AudioContext();
  for (const [start, pitch] of [[0, 880], [0.18, 1175]]) {
    const tone = audio.createOscillator();
    const level = audio.createGain();
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0.2, audio.currentTime + start);
    level.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + start + 0.4);
    tone.connect(level).connect(audio.destination);
    tone.start(audio.currentTime + start);
    tone.stop(audio.currentTime + start + 0.45);
  }
  setTimeout(() => audio.close(), 1500);
}

function showChime() {
  const on = localStorage.getItem("chime") === "on";
  chime.setAttribute("aria-pressed", String(on));
  chime.querySelector("span").textContent = on ? chime.dataset.chimeOn : chime.dataset.chimeOff;
}

if (chime) {
  chime.hidden = false;
  showChime();
  chime.addEventListener("click", () => {
    localStorage.setItem("chime", localStorage.getItem("chime") === "on" ? "off" : "on");
    showChime();
    ring();
  });
  badge();
}

document.addEventListener("focusin", (event) => {
  focused = event.target.id;
});

function redrawn() {
  const now = fresh();
  const arrived = [...now].filter((id) => !known.has(id));
  for (const id of arrived) document.getElementById(id).classList.add("ticket--new");
  if (arrived.length) ring();
  known = now;
  if (chime) badge();
  if (focused && document.activeElement === document.body) {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
}

document.addEventListener("live:swapped", redrawn);
document.addEventListener("htmx:afterSwap", redrawn);

const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

const picks = document.querySelector("[data-picks]");
if (picks) {
  const key = `picks:${picks.dataset.picks}`;
  const boxes = [...picks.querySelectorAll("input[type=checkbox]")];
  const counter = document.querySelector("[data-ticked]");
  const count = () => {
    const done = boxes.filter((box) => box.checked).length;
    counter.hidden = false;
    counter.textContent = `${done}/${boxes.length}`;
  };
  const kept = new Set(JSON.parse(localStorage.getItem(key) ?? "[]"));
  for (const box of boxes) box.checked = kept.has(box.id);
  picks.addEventListener("change", () => {
    const ticked = boxes.filter((box) => box.checked).map((box) => box.id);
    localStorage.setItem(key, JSON.stringify(ticked));
    count();
  });
  count();
}
