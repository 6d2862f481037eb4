// What the marks mean, in words beside each mark.

import { html, say, svg } from "../dom.js";

const mark = (...shapes) =>
  svg("svg", { width: 26, height: 16, "aria-hidden": "true" }, ...shapes);

export function makeKey() {
  const target = html("span");
  const truth = svg("path", { class: "hbm-truth" });
  const items = [
    [mark(svg("path", { class: "hbm-own hbm-90", d: "M1 8H25" }), svg("circle", { class: "hbm-own hbm-hollow", r: 4.5, cx: 13, cy: 8 })), "own mean"],
    [mark(svg("path", { class: "hbm-partial hbm-90", d: "M1 8H25" }), svg("circle", { class: "hbm-partial hbm-filled", r: 4.5, cx: 13, cy: 8 })), "partially pooled"],
    [mark(svg("path", { class: "hbm-complete", d: "M13 0V16" })), "complete pooling"],
    [mark(truth), target],
  ];
  const node = html(
    "ul",
    { class: "hbm-key" },
    ...items.map(([symbol, text]) => html("li", {}, symbol, text)),
    html("li", {}, "thick 50%, thin 90%"),
  );
  const draws = html("li", {}, mark(svg("path", { class: "hbm-draws", d: "M1 8H25M9 8l4 -4l4 4l-4 4z" })), html("span"));
  node.append(draws);
  const update = (state, overlay) => {
    const real = state.preset === "hsb";
    truth.setAttribute("d", real ? "M8 8h10m-5 -5v10" : "M9 4l8 8m0 -8l-8 8");
    say(target, real ? "mean of unused students" : "truth");
    draws.hidden = !overlay;
    if (overlay) say(draws.lastChild, `draws (${overlay.method})`);
  };
  return { node, update };
}
