/**
 * Steppers answer at once. Taps are counted here, the wanted quantity is sent
 * once the finger rests (data-stepper, see components/stepper.html).
 */
const PAUSE = 250;
const timers = new Map();

const counterOf = (form) => form.querySelector(".stepper");

function limitOf(counter) {
  return counter.dataset.max === undefined ? Infinity : Number(counter.dataset.max);
}

function show(counter, count) {
  counter.dataset.count = String(count);
  counter.querySelector("output").textContent = String(count);
  for (const button of counter.querySelectorAll("[data-step]")) {
    const next = count + Number(button.dataset.step);
    button.value = String(Math.max(0, next));
    button.disabled = next > limitOf(counter);
  }
}

function refocus(counter, step) {
  const same = counter.querySelector(`[data-step="${step}"]:not(:disabled)`);
  const visible = same?.offsetParent ? same : null;
  (visible ?? counter.querySelector("[data-step='1']:not(:disabled)"))?.focus({
    preventScroll: true,
  });
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-stepper]");
  const button = event.submitter;
  if (!form || !button?.dataset.step || !window.htmx) return;
  event.preventDefault();
  const counter = counterOf(form);
  const count = Number(counter.dataset.count) + Number(button.dataset.step);
  show(counter, Math.max(0, Math.min(count, limitOf(counter))));
  refocus(counter, button.dataset.step);
  clearTimeout(timers.get(form));
  const send = () => {
    timers.delete(form);
    window.htmx.trigger(form, "commit");
  };
  timers.set(form, setTimeout(send, PAUSE));
});

// What is sent is the count on show, whichever button was pressed last.
document.addEventListener("htmx:configRequest", (event) => {
  const form = event.target.closest?.("[data-stepper]");
  if (form) event.detail.formData.set("quantity", counterOf(form).dataset.count);
});

// A page that is the same for everybody learns the visitor's quantities from the
// basket bar, which is fetched apart.
function learn() {
  const told = document.querySelector("#basket-bar[data-quantities]");
  if (!told) return;
  const quantities = JSON.parse(told.dataset.quantities);
  for (const form of document.querySelectorAll("[data-stepper]")) {
    if (timers.has(form) || form.matches(".htmx-request")) continue;
    const product = form.querySelector("input[name=product]").value;
    show(counterOf(form), Number(quantities[product] ?? 0));
  }
}

learn();
document.addEventListener("htmx:afterSettle", learn);
document.addEventListener("htmx:oobAfterSwap", learn);

// Leaving before the pause is over must not lose the last tap.
window.addEventListener("pagehide", () => {
  for (const [form, timer] of timers) {
    clearTimeout(timer);
    const body = new FormData(form);
    body.set("quantity", counterOf(form).dataset.count);
    fetch(form.action, { method: "POST", body, keepalive: true });
  }
  timers.clear();
});

// The new stepper takes the focus of the one it replaces. One tapped again
// meanwhile stays: this answer is old, the next is on its way.
let focused;
document.addEventListener("htmx:beforeSwap", (event) => {
  const form = event.target.closest?.("[data-stepper]");
  if (!form) return;
  if (timers.has(form)) {
    event.detail.shouldSwap = false;
    return;
  }
  focused = form.querySelector(":focus")?.dataset.step;
});
document.addEventListener("htmx:afterSwap", () => {
  const counter = document.querySelector("[data-stepper].htmx-added .stepper");
  if (focused && counter) refocus(counter, focused);
  focused = null;
});
