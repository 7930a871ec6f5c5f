/** Shows, while colours are chosen, how well one reads on another (WCAG contrast). */
const READABLE = 4.5;

function luminance(hex) {
  const [r, g, b] = [1, 3, 5]
    .map((start) => parseInt(hex.slice(start, start + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function show(list) {
  for (const row of list.querySelectorAll("[data-of]")) {
    const colour = (name) => document.querySelector(`[name="${name}"]`)?.value;
    const [of, on] = [colour(row.dataset.of), colour(row.dataset.on)];
    if (!of || !on) continue;
    const ratio = contrast(of, on);
    const words = ratio >= READABLE ? list.dataset.good : list.dataset.poor;
    const output = row.querySelector("output");
    output.textContent = `${ratio.toFixed(1)}:1, ${words}`;
    const swatch = row.querySelector(".contrast__swatch");
    swatch.style.setProperty("--of", of);
    swatch.style.setProperty("--on", on);
  }
}

function start() {
  const list = document.querySelector("[data-contrast]");
  if (!list) return;
  show(list);
  document.addEventListener("input", (event) => {
    if (event.target.type === "color") show(list);
  });
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
