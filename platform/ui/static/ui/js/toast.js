/**
 * Short words at the bottom. From a server answer:
 * HX-Trigger: {"toast": {"text": "Removed", "undo": {"url": "/…", "label": "Undo",
 * "values": {…}, "target": "#line-3"}}}; from a module: dispatch "toast".
 */
const STAY = 7000;

function show({ text, undo }) {
  const place = document.querySelector("[data-toasts]");
  if (!place || !text) return;
  const toast = document.createElement("div");
  toast.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  toast.append(words);
  if (undo && window.htmx) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = undo.label ?? "Undo";
    button.addEventListener("click", () => {
      toast.remove();
      window.htmx.ajax("POST", undo.url, {
        target: undo.target ?? "body",
        swap: undo.swap ?? "outerHTML",
        values: undo.values ?? {},
      });
    });
    toast.append(button);
  }
  place.replaceChildren(toast);
  let timer = setTimeout(() => toast.remove(), STAY);
  const hold = () => clearTimeout(timer);
  const release = () => {
    timer = setTimeout(() => toast.remove(), STAY);
  };
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("pointerleave", release);
  toast.addEventListener("focusout", release);
}

document.addEventListener("toast", (event) => show(event.detail));
