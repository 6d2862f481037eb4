// The error of the three estimates, now and averaged over repetitions.

import { say, show, svg, write } from "../dom.js";
import { format, linear, tickLabels, ticks } from "../scale.js";

const ROWS = [
  ["own", "own mean"],
  ["complete", "complete pooling"],
  ["partial", "partial pooling"],
];
const ROW = 34;
const TOP = 4;
const LABEL = 2;

export function makeErrors() {
  const axis = svg("g", { class: "hbm-axis" });
  const height = TOP + ROWS.length * ROW + 22;
  const rows = ROWS.map(([key, label], i) => {
    const y = TOP + i * ROW;
    const parts = {
      key,
      y,
      label: svg("text", { class: "hbm-small", x: LABEL, y: y + 12 }, label),
      number: svg("text", { class: "hbm-small hbm-end", y: y + 12 }),
      stem: svg("path", { class: `hbm-${key} hbm-stem` }),
      mark: key === "complete"
        ? svg("path", { class: "hbm-complete hbm-tick" })
        : svg("circle", { class: `hbm-${key} ${key === "own" ? "hbm-hollow" : "hbm-filled"}`, r: 4.5, cy: y + 22 }),
      mean: svg("path", { class: "hbm-mean" }),
    };
    return parts;
  });
  const node = svg("svg", { class: "hbm-errors", role: "img", height }, axis);
  for (const { label, number, stem, mean, mark } of rows) node.append(label, number, stem, mean, mark);
  let upper = 0;
  let drawn = "";

  function paint({ result, repeated }, width) {
    const seen = ROWS.flatMap(([key]) => [
      result.rmse[key],
      repeated ? repeated[key].mean + 2 * repeated[key].error : 0,
    ]).filter(Number.isFinite);
    const top = Math.max(...seen, Number.MIN_VALUE);
    if (top > upper || top < 0.5 * upper) upper = top * 1.15;
    const x = linear([0, upper], [8, width - 8]);
    write(node, "width", width);
    write(node, "viewBox", `0 0 ${width} ${height}`);
    for (const row of rows) paintRow(row, result.rmse[row.key], repeated?.[row.key], x, width);
    paintAxis(x, width);
    write(node, "aria-label", `Root mean squared errors: ${rows
      .map(({ key, label }) => `${label.textContent} ${format(result.rmse[key])}`)
      .join(", ")}.`);
  }

  function paintRow({ y, number, stem, mark, mean, key }, value, average, x, width) {
    const finite = Number.isFinite(value);
    const at = x(finite ? value : 0).toFixed(1);
    const middle = y + 22;
    show(stem, finite);
    show(mark, finite);
    say(number, average ? `${format(value)}; mean ${format(average.mean)}` : format(value));
    write(number, "x", width - 2);
    write(stem, "d", `M8 ${middle}H${at}`);
    if (key === "complete") write(mark, "d", `M${at} ${middle - 6}V${middle + 6}`);
    else write(mark, "cx", at);
    const averaged = Number.isFinite(average?.mean);
    show(mean, averaged);
    if (averaged) {
      const [low, centre, high] = [-2, 0, 2].map((k) => x(average.mean + k * average.error));
      write(
        mean,
        "d",
        `M${low.toFixed(1)} ${middle + 8}H${high.toFixed(1)}` +
          [low, centre, high].map((v) => `M${v.toFixed(1)} ${middle + 4}v8`).join(""),
      );
    }
  }

  function paintAxis(x, width) {
    const key = `${upper},${width}`;
    if (key === drawn) return;
    drawn = key;
    const bottom = TOP + ROWS.length * ROW + 4;
    const values = ticks([0, upper], width / 60);
    const labels = tickLabels(values);
    axis.replaceChildren(
      svg("path", { d: `M8 ${bottom}H${width - 8}` }),
      ...values.map((v, k) =>
        svg("text", { x: x(v).toFixed(1), y: bottom + 15 }, labels[k]),
      ),
    );
  }

  return { node, paint };
}
