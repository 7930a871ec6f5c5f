/** Everything the storefront does in the browser; joined into one file by ui.bundles. */
import "./htmx-setup.js";
import "./toast.js";
import "./dialog.js";
import "./stepper.js";
import "./countdown.js";
import "./slots.js";
import "./live.js";
