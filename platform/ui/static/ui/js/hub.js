/** Everything the hub does in the browser; joined into one file by ui.bundles. */
import "./htmx-setup.js";
import "./toast.js";
import "./dialog.js";
