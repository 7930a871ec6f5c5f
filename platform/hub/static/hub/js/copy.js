/** Buttons that copy a field: <button data-copy="ID of the input">. */
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(field.value);
    document.dispatchEvent(new CustomEvent("toast", { detail: { text: button.dataset.copied } }));
  });
}
