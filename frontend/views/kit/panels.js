// How a widget's figures stand together: the main one, with others beside it where there is room.

import { html, svg } from "../dom.js";

export const panel = (title, ...content) =>
  html("div", { class: "hbm-panel" }, html("p", { class: "hbm-title" }, title), ...content);

// Two columns of like width on a wide screen, one on a narrow one.
export const columns = (...panels) => html("div", { class: "hbm-columns" }, ...panels);

// A main figure with smaller ones in a column of 15rem beside it, which stay in sight.
export const stage = (main, ...side) =>
  html(
    "div", { class: "hbm-stage" },
    html("div", { class: "hbm-main" }, main), html("div", { class: "hbm-side" }, ...side),
  );

export const widthOf = (node, without = 480) => node.clientWidth || without;

// What marks mean, in words beside each: items are [[shapes...], text or element].
export function makeKey(items) {
  const mark = (shapes) => svg("svg", { width: 26, height: 16, "aria-hidden": "true" }, ...shapes);
  return html(
    "ul", { class: "hbm-key" },
    ...items.map(([shapes, text]) => html("li", {}, ...(shapes.length ? [mark(shapes)] : []), text)),
  );
}

// Shapes for a key, drawn in the middle of 26 x 16.
export const symbols = {
  line: (role, dash) =>
    svg("path", { class: `hbm-${role} hbm-line`, d: "M1 8H25", "stroke-dasharray": dash }),
  thin: (role) => svg("path", { class: `hbm-${role} hbm-90`, d: "M1 8H25" }),
  dot: (role) => svg("circle", { class: `hbm-${role} hbm-filled`, r: 4.5, cx: 13, cy: 8 }),
  ring: (role) => svg("circle", { class: `hbm-${role} hbm-hollow`, r: 4.5, cx: 13, cy: 8 }),
  diamond: (role) => svg("path", { class: `hbm-${role} hbm-filled`, d: "M8 8l5 -5l5 5l-5 5z" }),
  cross: () => svg("path", { class: "hbm-truth", d: "M9 4l8 8m0 -8l-8 8" }),
  saltire: (role) => svg("path", { class: `hbm-${role} hbm-line`, d: "M9 4l8 8m0 -8l-8 8" }),
  triangle: (role) => svg("path", { class: `hbm-${role} hbm-line`, d: "M13 3l4.5 8h-9z" }),
  speck: (role = "muted") => svg("path", { class: `hbm-${role} hbm-dots hbm-small`, d: "M13 8h0" }),
  plus: () => svg("path", { class: "hbm-truth", d: "M8 8h10m-5 -5v10" }),
};
