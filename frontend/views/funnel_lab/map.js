// The posterior of one school's coordinate and log tau on one map: exact regions, draws, divergences.

import { svg, write } from "../dom.js";
import { points } from "../kit/marks.js";
import { makePlane, same } from "../kit/plane.js";

const MOST_DOTS = 250; // of each chain
const MOST_TRIANGLES = 60; // of each chain

export function makeMap(role, name) {
  const plane = makePlane({ height: 320 });
  const dots = svg("path", { class: `hbm-dots hbm-${role} hbm-small` });
  const triangles = svg("path", { class: "hbm-line hbm-refuse" });
  plane.plot.append(dots, triangles);

  function paint(shown, run, width) {
    const { place } = plane.paint(shown, width);
    const [xs, ys, atX, atY] = [[], [], [], []];
    const [logTau, coordinate] = [run.values(0), run.values(1)];
    run.stats("diverging").forEach((diverging, c) => {
      let marked = 0;
      for (let i = diverging.length - 1; i >= 0; i--) {
        const late = diverging.length - i <= MOST_DOTS;
        const mark = diverging[i] && marked < MOST_TRIANGLES;
        if (!late && !mark) continue;
        const [x, y] = place([coordinate[c][i], logTau[c][i]]);
        if (late) (xs.push(x), ys.push(y));
        if (mark) (atX.push(x), atY.push(y), (marked += 1));
      }
    });
    write(dots, "d", points(xs, ys, same, same));
    write(triangles, "d", points(atX, atY, same, same, "triangle"));
    plane.describe(
      `Regions of ${shown.names[0]} and log τ, ${name}, with ${xs.length} draws and ` +
        `${atX.length} divergences.`,
    );
  }

  return { node: plane.node, paint };
}
