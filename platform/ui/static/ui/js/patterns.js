/** The pattern library does everything. */
import "./htmx-setup.js";
import "./toast.js";
import "./dialog.js";
import "./stepper.js";
import "./countdown.js";
import "./live.js";
