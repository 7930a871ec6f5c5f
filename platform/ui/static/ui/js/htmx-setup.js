/** Carries the CSRF token for htmx and says so when the shop cannot be reached. */
const words = document.documentElement.dataset;

document.addEventListener("htmx:configRequest", (event) => {
  const field = document.querySelector("input[name=csrfmiddlewaretoken], meta[name=csrf-token]");
  const token = field?.value ?? field?.content;
  if (token) event.detail.headers["X-CSRFToken"] = token;
});

// A refusal (409, 422) carries the page's own words: show them in place.
document.addEventListener("htmx:beforeSwap", (event) => {
  if ([409, 422].includes(event.detail.xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, () => {
    const text = words.offlineText ?? "That did not work. Please try again.";
    document.dispatchEvent(new CustomEvent("toast", { detail: { text } }));
  });
}
