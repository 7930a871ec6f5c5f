/** Counts down to <time datetime> inside data-countdown; see countdown.html. */
const URGENT = 120;

function tick() {
  for (const box of document.querySelectorAll("[data-countdown]:not([data-over])")) {
    const time = box.querySelector("time");
    const left = Math.round((Date.parse(time.dateTime) - Date.now()) / 1000);
    // Over an hour the time of day, as written by the server, says more.
    if (Number.isNaN(left) || left > 3600) continue;
    if (left <= 0) {
      box.dataset.over = "";
      time.textContent = box.dataset.countdownDone ?? "0:00";
      box.dispatchEvent(new CustomEvent("countdown:over", { bubbles: true }));
      continue;
    }
    const minutes = Math.floor(left / 60);
    const clock = `${minutes}:${String(left % 60).padStart(2, "0")}`;
    time.textContent = (box.dataset.countdownWords ?? "%s").replace("%s", clock);
    box.toggleAttribute("data-urgent", left <= URGENT);
  }
}

tick();
setInterval(tick, 1000);
