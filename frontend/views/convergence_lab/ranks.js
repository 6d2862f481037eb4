// How the ranks of each chain's draws among all draws are spread, two histograms in a row.

import { svg, write } from "../dom.js";
import { linear } from "../scale.js";

const [ROW, TOP, SIDE, GAP] = [128, 22, 4, 18];

export function makeRanks() {
  const part = (c) => ({
    band: svg("rect", { class: "hbm-bar-back" }),
    level: svg("path", { class: "hbm-complete" }),
    bars: svg("path", { class: `hbm-line hbm-chain-${c}` }),
    beyond: svg("path", { class: "hbm-line hbm-refuse" }),
    name: svg("text", { class: "hbm-name" }, `chain ${c + 1}`),
  });
  const parts = [0, 1, 2, 3].map(part);
  const node = svg(
    "svg", { class: "hbm-ranks", role: "img", height: 2 * ROW },
    ...parts.flatMap(({ band, level, bars, beyond, name }) => [band, level, bars, beyond, name]),
  );

  function paint({ bins, counts, expected, half, outside }, width) {
    write(node, "width", width);
    write(node, "viewBox", `0 0 ${width} ${2 * ROW}`);
    const top = 1.05 * Math.max(...counts.flat(), expected + half);
    const wide = (width - GAP) / 2;
    parts.forEach(({ band, level, bars, beyond, name }, c) => {
      const left = (c % 2) * (wide + GAP) + SIDE;
      const row = Math.floor(c / 2) * ROW;
      const x = linear([0, bins], [left, left + wide - 2 * SIDE]);
      const y = linear([0, top], [row + ROW - 8, row + TOP]);
      const [low, high] = [y(Math.max(expected - half, 0)), y(expected + half)];
      const box = { x: left, y: high, width: wide - 2 * SIDE, height: low - high };
      for (const [key, value] of Object.entries(box)) write(band, key, value.toFixed(1));
      write(level, "d", `M${x(0)} ${y(expected).toFixed(1)}H${x(bins)}`);
      const steps = counts[c].map((k, b) => `V${y(k).toFixed(1)}H${x(b + 1).toFixed(1)}`);
      write(bars, "d", `M${x(0)} ${y(0)}${steps.join("")}V${y(0)}`);
      // A triangle marks each bar that leaves the band: above it, or at the foot of a low one.
      const marks = counts[c].map((k, b) => {
        if (Math.abs(k - expected) <= half) return "";
        const foot = k > expected ? Math.max(y(k) - 4, row + TOP) : y(k) - 4;
        return `M${x(b + 0.5).toFixed(1)} ${(foot - 6).toFixed(1)}l3.5 6h-7z`;
      });
      write(beyond, "d", marks.join(""));
      write(name, "x", left);
      write(name, "y", row + 14);
    });
    write(
      node, "aria-label",
      `Histograms of the ranks of each chain's draws among all: ${outside} of ${4 * bins} bars ` +
        `lie outside the band.`,
    );
  }

  return { node, paint };
}
