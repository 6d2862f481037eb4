// A plot: two axes, linear or logarithmic, and a clipped place for marks. Axes are drawn again only
// when they change.

import { svg, uniqueId, write } from "../dom.js";
import { linear, logarithmic, logLabel, logTicks, tickLabels, ticks } from "../scale.js";

const EDGE = { left: 46, bare: 10, right: 10, bottom: 40, low: 24 };
const NUMBER_ROOM = 62;

// Titles may be left out; without `yAxis` the vertical axis has no numbers.
export function makeChart({ height = 220, xTitle = "", yTitle = "", xLog, yLog, yAxis = true }) {
  const clip = uniqueId();
  const grid = svg("g", { class: "hbm-grid", "aria-hidden": "true" });
  const axis = svg("g", { class: "hbm-axis", "aria-hidden": "true" });
  const plot = svg("g", { "clip-path": `url(#${clip})` });
  const over = svg("g");
  const window = svg("rect");
  const node = svg(
    "svg",
    { class: "hbm-chart", role: "img", height },
    svg("clipPath", { id: clip }, window),
    grid, plot, axis, over,
  );
  let drawn = "";

  // Takes the domains [low, high] and the width, and other titles than those given above; gives the
  // scales and the plot's edges.
  function frame({ x: xDomain, y: yDomain, width, titles = [xTitle, yTitle] }) {
    const left = yAxis ? EDGE.left : EDGE.bare;
    const right = Math.max(width - EDGE.right, left + 20);
    const top = yTitle ? 22 : 8;
    const bottom = height - (xTitle ? EDGE.bottom : EDGE.low);
    const x = (xLog ? logarithmic : linear)(xDomain, [left, right]);
    const y = (yLog ? logarithmic : linear)(yDomain, [bottom, top]);
    const key = [xDomain, yDomain, width, titles].join();
    if (key !== drawn) {
      drawn = key;
      draw({ x, y, xDomain, yDomain, left, right, top, bottom, width, titles });
    }
    return { x, y, left, right, top, bottom };
  }

  function draw({ x, y, xDomain, yDomain, left, right, top, bottom, width, titles }) {
    write(node, "width", width);
    write(node, "viewBox", `0 0 ${width} ${height}`);
    const box = { x: left, y: top, width: right - left, height: Math.max(bottom - top, 1) };
    for (const [name, value] of Object.entries(box)) write(window, name, value);
    const along = marked(xDomain, xLog, (right - left) / NUMBER_ROOM);
    const upward = yAxis ? marked(yDomain, yLog, (bottom - top) / 34) : [];
    grid.replaceChildren(
      ...along.map(([v]) => svg("path", { d: `M${x(v).toFixed(1)} ${top}V${bottom}` })),
      ...upward.map(([v]) => svg("path", { d: `M${left} ${y(v).toFixed(1)}H${right}` })),
    );
    axis.replaceChildren(
      svg("path", { d: `M${left} ${bottom}H${right}` }),
      ...along.map(([v, text]) =>
        svg("text", { x: x(v).toFixed(1), y: bottom + 16 }, text),
      ),
      ...upward.map(([v, text]) =>
        svg("text", { class: "hbm-upward", x: left - 6, y: (y(v) + 4).toFixed(1) }, text),
      ),
    );
    if (xTitle) axis.append(svg("text", { x: (left + right) / 2, y: height - 6 }, titles[0]));
    if (yTitle) axis.append(svg("text", { class: "hbm-start", x: 2, y: 13 }, titles[1]));
  }

  return { node, plot, over, frame, describe: (text) => write(node, "aria-label", text) };
}

function marked(domain, isLog, count) {
  const values = (isLog ? logTicks : ticks)(domain, Math.max(count, 2));
  const labels = isLog ? values.map(logLabel) : tickLabels(values);
  return values.map((value, i) => [value, labels[i]]);
}
