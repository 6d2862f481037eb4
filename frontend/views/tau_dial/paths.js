// The paths of the effects as tau goes from zero to infinity, above the posterior of tau on the
// same scale; the present tau is a line through both, which can be dragged.

import { fromDial, toDial } from "../../engine/tau_dial.js";
import { say, show, svg, uniqueId, write } from "../dom.js";
import { dragAcross } from "../kit/drag.js";
import { area, line, upright } from "../kit/marks.js";
import { format, linear, steady, tickLabels, ticks } from "../scale.js";

const TOP = 20;
const MIDDLE = 216;
const CURVE = 250;
const BASE = 330;
const HEIGHT = 372;
const LEFT = 36;
const RIGHT = 34;
const LABEL_GAP = 14;
const MARKED = [0, 1, 2, 5, 10, 20, 50];

export function makePaths({ setTau, signal }) {
  const clip = uniqueId();
  const frame = svg("rect");
  const grid = svg("g", { class: "hbm-grid" });
  const axis = svg("g", { class: "hbm-axis" });
  const body = svg("g", { "clip-path": `url(#${clip})` });
  const fill = svg("path", { class: "hbm-between hbm-fill" });
  const posterior = svg("path", { class: "hbm-between hbm-line" });
  const prior = svg("path", { class: "hbm-complete" });
  const now = svg("path", { class: "hbm-now" });
  const grip = svg("circle", { class: "hbm-grip", r: 7, cy: BASE });
  const value = svg("text", { class: "hbm-name", y: 13 });
  const hit = svg("rect", { class: "hbm-hit hbm-turn", y: TOP });
  const node = svg(
    "svg", { class: "hbm-paths", role: "img", height: HEIGHT },
    svg("clipPath", { id: clip }, frame),
    grid, axis, body, fill, prior, posterior, now, grip, value, hit,
  );
  const rows = [];
  let domain = null;
  let drawn = "";
  let place = [LEFT, 400];

  function row(j) {
    rows[j] ??= {
      path: svg("path", { class: "hbm-muted hbm-line" }),
      dot: svg("path", { class: "hbm-between hbm-filled", d: "M-5 0l5 -5l5 5l-5 5z" }),
      end: svg("circle", { class: "hbm-own hbm-hollow", r: 4 }),
      label: svg("text", {}),
    };
    return rows[j];
  }

  function paint({ state, result, given: { labels } }, width) {
    const { dial, paths, given, groups } = result;
    place = [LEFT, width - RIGHT];
    const x = linear([0, 1], place);
    const J = groups.n.length;
    const column = (j) => paths.map((theta) => theta[j]);
    const all = paths.flatMap((theta) => Array.from(theta));
    domain = steady(domain, [Math.min(...all), Math.max(...all)]);
    const y = linear(domain, [MIDDLE, TOP + 6]);
    paintAxis(x, y, width);
    fit(J);
    const last = paths[paths.length - 1];
    const places = spread(Array.from(last, y));
    const at = x(toDial(state.tau));
    for (let j = 0; j < J; j++) {
      const { path, dot, end, label } = row(j);
      write(path, "d", line(dial, column(j), x, y));
      write(dot, "transform", `translate(${at.toFixed(1)} ${y(given.theta[j]).toFixed(1)})`);
      write(end, "cx", place[1].toFixed(1));
      write(end, "cy", y(last[j]).toFixed(1));
      show(end, groups.n[j] > 0);
      write(label, "x", place[1] + 9);
      write(label, "y", (places[j] + 4).toFixed(1));
      say(label, labels[j]);
    }
    paintDensity(result, x);
    write(now, "d", upright(at, TOP, BASE));
    write(grip, "cx", at.toFixed(1));
    write(value, "x", Math.min(Math.max(at, LEFT + 30), place[1] - 40).toFixed(1));
    write(value, "text-anchor", "middle");
    say(value, `τ = ${format(state.tau, state.tau < 100 ? 1 : 0)}`);
    write(
      node, "aria-label",
      `Effects of ${J} schools against the between-school sd τ, from one common effect at 0 to ` +
        `the effects as measured at infinity; below, the posterior of τ. τ is now ${format(state.tau, 1)}.`,
    );
  }

  function paintDensity({ dial, density, prior: before }, x) {
    const inside = dial.subarray(1, dial.length - 1);
    const heights = density.subarray(1, density.length - 1);
    const expected = before?.subarray(1, before.length - 1);
    const top = Math.max(...heights, ...(expected ?? []), Number.MIN_VALUE);
    const y = linear([0, top], [BASE, CURVE]);
    write(posterior, "d", line(inside, heights, x, y));
    write(fill, "d", area(inside, heights, x, y, BASE));
    write(prior, "d", expected ? line(inside, expected, x, y) : "");
  }

  function fit(J) {
    while (rows.length > J) Object.values(rows.pop()).forEach((part) => part.remove());
    for (let j = 0; j < J; j++) {
      const { path, dot, end, label } = row(j);
      if (path.parentNode) continue;
      body.append(path);
      node.insertBefore(end, hit);
      node.insertBefore(dot, hit);
      node.insertBefore(label, hit);
    }
  }

  function paintAxis(x, y, width) {
    const key = [domain, width].join();
    if (key === drawn) return;
    drawn = key;
    write(node, "width", width);
    write(node, "viewBox", `0 0 ${width} ${HEIGHT}`);
    const box = { x: place[0], y: TOP, width: Math.max(place[1] - place[0], 1), height: BASE - TOP };
    for (const [name, size] of Object.entries(box)) {
      write(frame, name, size);
      write(hit, name, size);
    }
    const upward = ticks(domain, 5);
    const labels = tickLabels(upward);
    const along = [...MARKED.map((tau) => [toDial(tau), String(tau)]), [1, "∞"]];
    grid.replaceChildren(
      ...along.map(([u]) => svg("path", { d: upright(x(u), TOP, BASE) })),
      ...upward.map((v) => svg("path", { d: `M${place[0]} ${y(v).toFixed(1)}H${place[1]}` })),
    );
    axis.replaceChildren(
      svg("path", { d: `M${place[0]} ${BASE}H${place[1]}` }),
      svg("text", { class: "hbm-start", x: 0, y: 13 }, "effect"),
      svg("text", { class: "hbm-start", x: 0, y: CURVE - 8 }, "density of τ"),
      ...upward.map((v, i) =>
        svg("text", { class: "hbm-upward", x: place[0] - 6, y: (y(v) + 4).toFixed(1) }, labels[i]),
      ),
      ...along.map(([u, text]) => svg("text", { x: x(u).toFixed(1), y: BASE + 20 }, text)),
      svg("text", { x: (place[0] + place[1]) / 2, y: HEIGHT - 4 }, "between-school sd τ"),
    );
  }

  const turn = (along) => {
    const u = (along - place[0]) / (place[1] - place[0]);
    setTau(Number(fromDial(Math.min(Math.max(u, 0), 1)).toPrecision(3)));
  };
  dragAcross(hit, node, turn, signal);

  return { node, paint };
}

// Moves labels apart so that none covers another, keeping their order.
export function spread(places, gap = LABEL_GAP) {
  const order = places.map((_, j) => j).sort((a, b) => places[a] - places[b]);
  const moved = [...places];
  for (let round = 0; round < 50; round++) {
    for (let i = 0; i + 1 < order.length; i++) {
      const short = gap - (moved[order[i + 1]] - moved[order[i]]);
      if (short < 1e-6) continue;
      moved[order[i]] -= short / 2;
      moved[order[i + 1]] += short / 2;
    }
  }
  return moved;
}
