// Chains as they go on, in a strip: the last `span` draws of each, told apart by dash and colour.

import { svg, write } from "../dom.js";
import { steady } from "../scale.js";
import { makeChart } from "./chart.js";
import { DASHES, line } from "./marks.js";

// `title` names what is traced. `paint(chains, width)`: one array of draws for each chain.
export function makeTrace({ title, height = 120, span = 500, axisTitle = "draw" }) {
  const chart = makeChart({ height, xTitle: axisTitle, yTitle: title });
  const paths = [];
  let domain = null;

  function paint(chains, width, reference = null, name = title) {
    while (paths.length < chains.length) {
      const c = paths.length;
      const path = svg("path", {
        class: `hbm-trace hbm-chain-${c % 4}`, "stroke-dasharray": DASHES[c % 4] || undefined,
      });
      paths.push(path);
      chart.plot.append(path);
    }
    while (paths.length > chains.length) paths.pop().remove();
    const longest = chains.reduce((most, chain) => Math.max(most, chain.length), 0);
    const first = Math.max(longest - span, 0);
    const [low, high] = range(chains, first, reference);
    domain = steady(domain, [low, high]);
    // The axis moves on by steps, not with every draw.
    const start = Math.ceil(first / 50) * 50;
    const { x, y } = chart.frame({
      x: [start, start + span], y: domain, width, titles: [axisTitle, name],
    });
    chains.forEach((chain, c) => {
      const index = Array.from({ length: Math.max(chain.length - start, 0) }, (_, i) => start + i);
      write(paths[c], "d", line(index, Array.from(index, (i) => chain[i]), x, y));
    });
    chart.describe(`Trace of ${name}: ${chains.length} chains of ${longest} draws.`);
  }

  return { node: chart.node, paint, forget: () => (domain = null) };
}

function range(chains, first, reference) {
  let [low, high] = reference ?? [Infinity, -Infinity];
  for (const chain of chains) {
    for (let i = first; i < chain.length; i++) {
      if (chain[i] < low) low = chain[i];
      if (chain[i] > high) high = chain[i];
    }
  }
  return low <= high ? [low, high] : [0, 1];
}
