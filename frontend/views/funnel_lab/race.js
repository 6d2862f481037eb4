// What a thousand gradients bought on each map, at every size that was tried.

import { MAX_TIMES, MIN_TIMES } from "../../engine/funnel_lab.js";
import { svg, write } from "../dom.js";
import { makeChart } from "../kit/chart.js";
import { line, points, upright } from "../kit/marks.js";

const LOWEST = 0.1;
const MOST = 60;

export function makeRace() {
  const chart = makeChart({
    height: 240, xLog: true, yLog: true, xTitle: "all sizes times",
    yTitle: "effective draws of log τ for 1,000 gradients",
  });
  const now = svg("path", { class: "hbm-muted hbm-90" });
  const lines = {
    centred: svg("path", { class: "hbm-line hbm-own" }),
    non_centred: svg("path", { class: "hbm-line hbm-partial", "stroke-dasharray": "6 3" }),
  };
  const marks = {
    centred: svg("path", { class: "hbm-dots hbm-own" }),
    non_centred: svg("path", { class: "hbm-line hbm-partial hbm-filled" }),
  };
  chart.plot.append(now, ...Object.values(lines), ...Object.values(marks));
  const tried = new Map();

  // The latest runs at each size replace the earlier ones there.
  function note(times, { centred, non_centred }) {
    if (!(centred.worth > 0 && non_centred.worth > 0)) return;
    tried.delete(times);
    tried.set(times, { centred: centred.worth, non_centred: non_centred.worth });
    if (tried.size > MOST) tried.delete(tried.keys().next().value);
  }

  function paint(times, width) {
    const { x, y, top, bottom } = chart.frame({
      x: [0.8 * MIN_TIMES, 1.25 * MAX_TIMES], y: [LOWEST, 1000], width,
    });
    write(now, "d", upright(x(times), top, bottom));
    const at = [...tried.keys()].sort((a, b) => a - b);
    for (const name of Object.keys(lines)) {
      const worth = at.map((t) => Math.max(tried.get(t)[name], LOWEST));
      write(lines[name], "d", line(at, worth, x, y));
      write(marks[name], "d", points(at, worth, x, y, name === "centred" ? "dot" : "diamond"));
    }
    chart.describe(
      `Effective draws of log τ for 1,000 gradients on both maps, at ${at.length} ` +
        `size${at.length === 1 ? "" : "s"}.`,
    );
  }

  return { node: chart.node, paint, note, forget: () => tried.clear() };
}
