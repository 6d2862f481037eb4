// Step, run and pause, and start again: for whatever goes on step by step.

import { html, say } from "../dom.js";
import { button } from "./inputs.js";

// Work in a frame stops here, so that nothing blocks the page.
export const FRAME_MS = 8;
// Whoever wants less motion sees the run in still pictures.
const STILL_MS = 1000;

// `step()` takes one step and returns false when there is no more to do; `paint()` shows where
// things stand; `again()` starts anew. `most()` is how many steps a frame may take at most.
// Stop it with `stop()` whenever the state changes.
export function makeTransport({ step, paint, again, most = () => Infinity, signal, labels = {} }) {
  const words = { step: "Step", run: "Run", pause: "Pause", again: "Start again", ...labels };
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let frame = 0;
  let painted = 0;

  const stepButton = button(words.step, () => (stop(), step(), paint()), signal);
  const runButton = button(words.run, () => (frame ? stop() : run()), signal);
  const againButton = button(words.again, () => (stop(), again(), paint()), signal);
  const node = html(
    "div", { class: "hbm-actions", role: "group", "aria-label": "Sampler" },
    stepButton, runButton, againButton,
  );
  signal.addEventListener("abort", stop);

  function run() {
    say(runButton, words.pause);
    frame = requestAnimationFrame(work);
  }

  function work(now) {
    const until = performance.now() + FRAME_MS;
    let more = true;
    for (let count = most(); count > 0 && more; count--) {
      more = step() !== false;
      if (performance.now() >= until) break;
    }
    frame = requestAnimationFrame(work);
    if (!more) stop();
    if (!more || !calm.matches || now - painted >= STILL_MS) {
      painted = now;
      paint();
    }
  }

  function stop() {
    const running = frame !== 0;
    cancelAnimationFrame(frame);
    frame = 0;
    say(runButton, words.run);
    if (running && !signal.aborted) paint();
  }

  return { node, stop, running: () => frame !== 0 };
}
