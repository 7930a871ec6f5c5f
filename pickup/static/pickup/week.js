/**
 * Buttons of the week grid: the first day's times to all days, or a day as the one
 * above it; pickup times as the opening hours.
 */
const timesOf = (part) => [...part.querySelectorAll("input")];

function copy(from, to) {
  timesOf(to).forEach((input, place) => {
    input.value = timesOf(from)[place]?.value ?? "";
  });
}

for (const week of document.querySelectorAll("[data-week]")) {
  const days = [...week.querySelectorAll("[data-day]")];
  days.forEach((day, number) => {
    const button = day.querySelector("[data-copy-day]");
    button.addEventListener("click", () => {
      if (number) copy(days[number - 1], day);
      else for (const other of days.slice(1)) copy(day, other);
    });
  });
}

const same = document.querySelector("[data-copy-week]");
if (same) {
  const [open, pickup] = document.querySelectorAll("[data-week]");
  same.addEventListener("click", () => {
    const from = open.querySelectorAll("[data-day]");
    pickup.querySelectorAll("[data-day]").forEach((day, number) => copy(from[number], day));
  });
}
