/**
 * Steppers answer at once. Taps are counted here, the wanted quantity is sent
 * once the finger rests (data-stepper, see components/stepper.html).
 */
const PAUSE = 250;
const timers = new WeakMap();

function show(form, stepper, count) {
  const max = stepper.dataset.max === undefined ? Infinity : Number(stepper.dataset.max);
  stepper.dataset.count = String(count);
  stepper.querySelector("output").textContent = String(count);
  for (const button of stepper.querySelectorAll("[data-step]")) {
    const next = count + Number(button.dataset.step);
    button.value = String(Math.max(0, next));
    button.disabled = next > max;
  }
  let wanted = form.querySelector("input[name=quantity]");
  if (!wanted) {
    wanted = document.createElement("input");
    wanted.type = "hidden";
    wanted.name = "quantity";
    form.append(wanted);
  }
  wanted.value = String(count);
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-stepper]");
  const button = event.submitter;
  if (!form || !button?.dataset.step || !window.htmx) return;
  event.preventDefault();
  const stepper = form.querySelector(".stepper");
  const hadFocus = document.activeElement === button;
  const count = Number(stepper.dataset.count) + Number(button.dataset.step);
  const max = stepper.dataset.max === undefined ? Infinity : Number(stepper.dataset.max);
  show(form, stepper, Math.max(0, Math.min(count, max)));
  if (hadFocus && (count <= 0 || button.disabled)) {
    stepper.querySelector("[data-step]:not(:disabled)[data-step='1'], [data-step='-1']")?.focus();
  }
  clearTimeout(timers.get(form));
  const send = () => {
    timers.delete(form);
    window.htmx.trigger(form, "commit");
  };
  timers.set(form, setTimeout(send, PAUSE));
});

// Leaving before the pause is over must not lose the last tap.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden") return;
  for (const form of document.querySelectorAll("[data-stepper]")) {
    if (!timers.has(form)) continue;
    clearTimeout(timers.get(form));
    timers.delete(form);
    if (form.querySelector("input[name=quantity]")) {
      fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true });
    }
  }
});

// The new stepper takes the focus of the one it replaces.
let focused = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const form = event.target.closest?.("[data-stepper]");
  if (!form) return;
  if (timers.has(form)) {
    // Tapped again meanwhile: this answer is old, the next is on its way.
    event.detail.shouldSwap = false;
    return;
  }
  focused = form.contains(document.activeElement) ? document.activeElement.dataset.step : null;
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (!focused || !event.target.matches?.("[data-stepper]")) return;
  const again = event.target.querySelector(`[data-step="${focused}"]:not(:disabled)`);
  (again ?? event.target.querySelector("[data-step='1']"))?.focus({ preventScroll: true });
  focused = null;
});
