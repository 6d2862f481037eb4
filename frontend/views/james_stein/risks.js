// The risk curves against the spread of the true means, with the present spread as a line that can
// be dragged, and below them which estimator has the smallest risk where.

import { curves, NAMES } from "../../engine/james_stein_explorer.js";
import { say, svg, write } from "../dom.js";
import { makeChart } from "../kit/chart.js";
import { dragAcross } from "../kit/drag.js";
import { line, upright } from "../kit/marks.js";
import { format } from "../scale.js";

export const LOOKS = {
  own: { label: "own means", role: "own" },
  james_stein: { label: "James-Stein", role: "within", dash: "8 4" },
  positive_part: { label: "positive part", role: "partial" },
  bayes: { label: "Bayes", role: "between", dash: "2 3" },
};
const TOP = 1.6;
const HEIGHT = 320;
const STRIP = 26;
const LETTER = 6.6;

export function makeRisks({ setSpread, signal }) {
  const chart = makeChart({
    height: HEIGHT, xTitle: "spread of the true means", yTitle: "risk per group",
  });
  const now = svg("path", { class: "hbm-now" });
  const parts = Object.fromEntries(NAMES.map((name) => {
    const { role, dash } = LOOKS[name];
    return [name, {
      path: svg("path", { class: `hbm-${role} hbm-line`, "stroke-dasharray": dash }),
      dot: svg("circle", {
        class: `hbm-${role} ${name === "own" ? "hbm-hollow" : "hbm-filled"}`, r: 4,
      }),
    }];
  }));
  for (const { path } of Object.values(parts)) chart.plot.append(path);
  chart.plot.append(now, ...Object.values(parts).map(({ dot }) => dot));
  const hit = svg("rect", { class: "hbm-hit hbm-turn" });
  const strip = svg("svg", { class: "hbm-strip", height: STRIP, role: "img" });
  chart.over.append(hit);
  let upper = 0;
  let along = null;
  dragAcross(hit, chart.node, (place) => along && setSpread(along(place)), signal);

  function paint({ state, result }, width) {
    const least = 5 * Math.min(...result.se);
    const wanted = Math.max(least, state.spread * 1.1);
    if (wanted > upper || wanted < 0.5 * upper) upper = Math.max(least, state.spread * 1.4);
    const drawn = curves(result, upper);
    const { x, y, left, right, top, bottom } = chart.frame({ x: [0, upper], y: [0, TOP], width });
    along = (place) =>
      Number((Math.min(Math.max((place - left) / (right - left), 0), 1) * upper).toPrecision(3));
    for (const name of NAMES) {
      const { path, dot } = parts[name];
      const known = result.risk[name] !== null;
      path.style.display = dot.style.display = known ? "" : "none";
      if (!known) continue;
      write(path, "d", line(drawn.spread, drawn[name], x, y));
      write(dot, "cx", x(state.spread).toFixed(1));
      write(dot, "cy", y(Math.min(result.risk[name], 10)).toFixed(1));
    }
    write(now, "d", upright(x(state.spread), top, bottom));
    const box = { x: left, y: top, width: right - left, height: bottom - top };
    for (const [key, value] of Object.entries(box)) write(hit, key, value);
    paintStrip(drawn, x, width);
    chart.describe(
      `Risk per group against the spread of the true means. At ${format(state.spread)}: ` +
        `${NAMES.filter((name) => result.risk[name] !== null)
          .map((name) => `${LOOKS[name].label} ${format(result.risk[name])}`).join(", ")}.`,
    );
  }

  let shown = "";
  function paintStrip({ spread, best }, x, width) {
    const key = `${best.join()},${upper},${width}`;
    if (key === shown) return;
    shown = key;
    write(strip, "width", width);
    write(strip, "viewBox", `0 0 ${width} ${STRIP}`);
    const runs = [];
    best.forEach((name, i) => {
      if (name !== runs.at(-1)?.name) runs.push({ name, from: Math.max(i - 1, 0), to: i });
      runs.at(-1).to = i;
    });
    strip.replaceChildren(...runs.flatMap(({ name, from, to }, i) => {
      const { role, dash, label } = LOOKS[name];
      const [start, end] = [x(spread[from]) + (i ? 2 : 0), x(spread[to])];
      const bar = svg("path", {
        class: `hbm-${role} hbm-bar-line`, d: `M${start.toFixed(1)} 4H${end.toFixed(1)}`,
        "stroke-dasharray": dash,
      });
      if (end - start < LETTER * label.length + 6) return [bar];
      const text = svg("text", { class: "hbm-middle", x: ((start + end) / 2).toFixed(1), y: 22 });
      say(text, label);
      return [bar, text];
    }));
    const words = runs.map(({ name, from }) => `${LOOKS[name].label} from ${format(spread[from])}`);
    write(strip, "aria-label", `Smallest risk: ${words.join(", ")}.`);
  }

  return { chart: chart.node, strip, paint };
}
