// A target of two coordinates as contours, and the marks of samplers over it.

import { svg, write } from "../dom.js";
import { makeChart } from "./chart.js";
import { contour, levels } from "./contours.js";

// `paint({names, axes, x, y, grid: {xs, ys, z, shares, levels?}}, width)` draws the contours that hold the
// given shares of the probability and returns `place(q)`, the marks' [x, y] in the SVG's units.
export function makePlane({ height = 380 } = {}) {
  const chart = makeChart({ height, xTitle: " ", yTitle: " " });
  const contours = svg("g");
  chart.plot.append(contours);
  let drawn = null;

  function paint(plane, width) {
    const { names, axes: [across, up], grid } = plane;
    const { xs, ys, z } = grid;
    const { x, y, ...edges } = chart.frame({
      x: plane.x, y: plane.y, width, titles: [names[across], names[up]],
    });
    if (drawn?.plane !== plane || drawn.width !== width) {
      drawn = { plane, width };
      const found = grid.levels ?? levels(z, grid.shares);
      while (contours.children.length < found.length) {
        contours.append(svg("path", { class: "hbm-contour" }));
      }
      found.forEach((level, i) => {
        write(contours.children[i], "d", contour(xs, ys, z, level, x, y));
      });
    }
    // Far outside the window a mark would only make numbers that no browser draws.
    const near = (value) => Math.min(Math.max(value, -1e4), 1e4);
    const place = (q) => [near(x(q[across])), near(y(q[up]))];
    return { place, x, y, ...edges };
  }

  return { node: chart.node, plot: chart.plot, over: chart.over, paint, describe: chart.describe };
}

// Marks take places that are computed already.
export const same = (value) => value;
