/**
 * <a href="/full-page/" data-dialog="ID"> opens <dialog id="ID">; without
 * JavaScript the link leads to the page. Drawers close on Escape or a tap outside.
 */
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog?.showModal) {
    event.preventDefault();
    dialog.showModal();
    return;
  }
  if (event.target.matches("dialog[open]")) event.target.close();
  if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog")?.close();
  for (const drawer of document.querySelectorAll("[data-drawer][open]")) {
    if (!drawer.contains(event.target)) drawer.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const drawer of document.querySelectorAll("[data-drawer][open]")) {
    drawer.open = false;
    drawer.querySelector("summary").focus();
  }
});

// What a page wants read first (a form's list of errors) takes the focus.
document.querySelector("[data-focus]")?.focus();
