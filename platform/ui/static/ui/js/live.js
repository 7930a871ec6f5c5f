/**
 * Keeps a part of a page fresh. <div id="order" data-live="/ws/order/…/"
 * data-live-poll="/order/…/live/" data-live-origin="ws://host:8001">: any message on the
 * socket fetches the poll address anew, and so does its opening: what changed before,
 * nobody has told. Without a socket, or a last answer, it is fetched every few seconds,
 * otherwise every two minutes: a dead line looks like a quiet one. The answer replaces
 * the element's content; status 286 (or data-live-over in the answer) ends it.
 */
const [POLL, CHECK, LONGEST] = [8000, 120000, 30000];

class Live {
  constructor(element) {
    this.element = element;
    this.tries = 0;
    this.over = false;
    this.behind = false;
    this.asked = Date.now();
    this.poll = setInterval(() => this.told || document.hidden || this.refresh(), POLL);
    this.connect();
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
    window.addEventListener("online", () => this.refresh());
  }

  get told() {
    const isOpen = this.socket?.readyState === WebSocket.OPEN;
    return isOpen && !this.behind && Date.now() - this.asked < CHECK;
  }

  connect() {
    const { live, liveOrigin } = this.element.dataset;
    if (!live || !("WebSocket" in window)) return;
    const here = location.origin.replace(/^http/, "ws");
    try {
      this.socket = new WebSocket(new URL(live, liveOrigin || here));
    } catch {
      return;
    }
    this.socket.addEventListener("open", () => {
      this.tries = 0;
      this.refresh();
    });
    this.socket.addEventListener("message", () => this.refresh());
    this.socket.addEventListener("close", () => {
      if (this.over || !this.element.isConnected) return;
      const wait = Math.min(LONGEST, 1000 * 2 ** this.tries++) * (0.5 + Math.random() / 2);
      setTimeout(() => this.connect(), wait);
    });
  }

  async refresh() {
    if (this.over) return;
    if (!this.element.isConnected) return this.stop();
    if (this.busy) {
      this.again = true;
      return;
    }
    this.busy = true;
    this.asked = Date.now();
    try {
      const answer = await fetch(this.element.dataset.livePoll, {
        headers: { "HX-Request": "true", "X-Live": "1" },
        credentials: "same-origin",
      });
      if (answer.ok) this.swap(await answer.text());
      if (answer.status === 286 || answer.status === 404) this.stop();
      this.behind = !answer.ok;
    } catch {
      // Offline: the next round tries again.
      this.behind = true;
    } finally {
      this.busy = false;
      if (this.again) {
        this.again = false;
        this.refresh();
      }
    }
  }

  swap(html) {
    if (html === this.last) return;
    this.last = html;
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    if (fresh.innerHTML.trim() === this.element.innerHTML.trim()) return;
    this.element.replaceChildren(fresh.content);
    window.htmx?.process(this.element);
    this.element.dispatchEvent(new CustomEvent("live:swapped", { bubbles: true }));
    if (this.element.querySelector("[data-live-over]")) this.stop();
  }

  stop() {
    this.over = true;
    clearInterval(this.poll);
    this.socket?.close();
  }
}

for (const element of document.querySelectorAll("[data-live-poll]")) new Live(element);
