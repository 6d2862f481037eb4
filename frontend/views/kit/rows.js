// Estimates in rows: a name, intervals (50% thick, 90% thin) and a mark for each of several
// estimates of one thing, on one axis.

import { say, show, svg, write } from "../dom.js";
import { linear, steady, tickLabels, ticks } from "../scale.js";
import { across, arrow } from "./marks.js";

const SHAPES = { cross: "M-4 -4l8 8m0 -8l-8 8", diamond: "M-5 0l5 -5l5 5l-5 5z" };
const LABEL = 46;
const TOP = 8;
const BOTTOM = 40;

// `marks` are from top to bottom in a row: {key, role, hollow?, shape?}, where role is a colour of
// the book and shape "cross" or "diamond", instead of a circle. `paint({labels, values, title, width, arrows})`: values[key] = {at: [...], q: [5%, 25%,
// 75%, 95%] of arrays or null}; `arrows: [fromKey, toKey]`.
export function makeRows({ marks, row = 14 + 12 * marks.length }) {
  const grid = svg("g", { class: "hbm-grid", "aria-hidden": "true" });
  const axis = svg("g", { class: "hbm-axis", "aria-hidden": "true" });
  const body = svg("g", { "aria-hidden": "true" });
  const node = svg("svg", { class: "hbm-rows", role: "img" }, grid, axis, body);
  let rows = [];
  let domain = null;
  let drawn = "";

  const makeMark = ({ role, hollow, shape }) => ({
    wide: svg("path", { class: `hbm-${role} hbm-90` }),
    narrow: svg("path", { class: `hbm-${role} hbm-50` }),
    at: shape
      ? svg("path", { class: `hbm-${role} ${shape === "cross" ? "hbm-line" : "hbm-filled"}`, d: SHAPES[shape] })
      : svg("circle", { class: `hbm-${role} ${hollow ? "hbm-hollow" : "hbm-filled"}`, r: 4.5 }),
  });

  function makeRow() {
    const label = svg("text", { x: 0, y: row / 2 + 4 });
    const made = Object.fromEntries(marks.map((mark) => [mark.key, makeMark(mark)]));
    const moved = svg("path", { class: "hbm-arrow" });
    const parts = Object.values(made);
    const g = svg(
      "g", {}, label,
      ...parts.flatMap(({ wide, narrow }) => [wide, narrow]), moved,
      ...parts.map(({ at }) => at),
    );
    return { node: g, label, made, moved };
  }

  function extent(values) {
    let [low, high] = [Infinity, -Infinity];
    for (const { at, q } of Object.values(values)) {
      for (const list of [at, q?.[0], q?.[3]]) {
        for (const value of list ?? []) {
          if (value < low) low = value;
          if (value > high) high = value;
        }
      }
    }
    return low <= high ? [low, high] : [0, 1];
  }

  function paint({ labels, values, title, width, arrows, range }) {
    const J = labels.length;
    while (rows.length < J) {
      rows.push(makeRow());
      body.append(rows.at(-1).node);
    }
    while (rows.length > J) rows.pop().node.remove();
    domain = range ?? steady(domain, extent(values));
    const places = [LABEL, width - 8];
    const x = linear(domain, places);
    const bottom = TOP + J * row;
    const clamp = (v) => Math.min(Math.max(x(v), places[0]), places[1]);
    paintAxis(x, places, bottom, title, width);
    rows.forEach((one, j) => {
      write(one.node, "transform", `translate(0 ${TOP + j * row})`);
      say(one.label, labels[j]);
      const where = {};
      marks.forEach(({ key }, i) => {
        const y = (row * (i + 1)) / (marks.length + 1);
        const { wide, narrow, at } = one.made[key];
        const { at: middle, q } = values[key];
        const seen = Number.isFinite(middle?.[j]);
        show(at, seen);
        write(wide, "d", q ? across(clamp(q[0][j]), clamp(q[3][j]), y) : "");
        write(narrow, "d", q ? across(clamp(q[1][j]), clamp(q[2][j]), y) : "");
        if (!seen) return;
        where[key] = [clamp(middle[j]), y];
        write(at, "transform", `translate(${where[key].map((v) => v.toFixed(1)).join(" ")})`);
      });
      const [from, to] = (arrows ?? []).map((key) => where[key]);
      write(one.moved, "d", from && to ? arrow(...from, ...to) : "");
    });
    return { x, top: TOP, bottom };
  }

  function paintAxis(x, places, bottom, title, width) {
    const key = [domain, title, width, bottom].join();
    if (key === drawn) return;
    drawn = key;
    write(node, "width", width);
    write(node, "height", bottom + BOTTOM);
    write(node, "viewBox", `0 0 ${width} ${bottom + BOTTOM}`);
    const values = ticks(domain, (places[1] - places[0]) / 62);
    const texts = tickLabels(values);
    grid.replaceChildren(
      ...values.map((v) => svg("path", { d: `M${x(v).toFixed(1)} ${TOP - 4}V${bottom}` })),
    );
    axis.replaceChildren(
      svg("path", { d: across(...places, bottom) }),
      ...values.map((v, k) => svg("text", { x: x(v).toFixed(1), y: bottom + 16 }, texts[k])),
      svg("text", { x: (places[0] + places[1]) / 2, y: bottom + 34 }, title),
    );
  }

  return { node, paint, describe: (text) => write(node, "aria-label", text) };
}
