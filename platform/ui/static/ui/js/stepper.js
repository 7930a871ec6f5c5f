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
let focused = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const form = event.target.closest?.("[data-stepper]");
  if (!form) return;
  if (timers.has(form)) {
    event.detail.shouldSwap = false;
    return;
  }
  const active = document.activeElement;
  focused = form.contains(active) ? active.dataset.step : null;
});
document.addEventListener("htmx:afterSwap", () => {
  if (!focused || document.activeElement !== document.body) return;
  const step = focused;
  focused = null;
  const counter = [...document.querySelectorAll("[data-stepper].htmx-added .stepper")][0];
  if (counter) refocus(counter, step);
});
