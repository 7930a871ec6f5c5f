/** Brings the chosen day of a slot picker into view; see slot_picker.html. */
function show() {
  for (const days of document.querySelectorAll(".slots__days")) {
    const day = days.querySelector(":checked")?.parentElement;
    if (!day) continue;
    const middle = day.offsetLeft - (days.clientWidth - day.offsetWidth) / 2;
    days.scrollTo({ left: middle, behavior: "instant" });
  }
}

show();
document.addEventListener("htmx:afterSettle", show);
