// Every number of the figure as a table, with the sizes to type in.

import { html, say } from "../dom.js";
import { format } from "../scale.js";
import { fillIn, numberInput, QUIET } from "./controls.js";

export function makeTable({ onSize, onOpen, signal }) {
  const body = html("tbody");
  const target = html("th", { scope: "col" });
  const heads = ["group", "size n", "own mean", "partially pooled", "90% interval", "weight λ"];
  const row = html("tr", {}, ...heads.map((text) => html("th", { scope: "col" }, text)), target);
  const table = html("table", { class: "hbm-table" }, html("thead", {}, row), body);
  const scroller = html(
    "div",
    { class: "hbm-scroll", tabindex: 0, role: "region", "aria-label": "Numbers", ...QUIET },
    table,
  );
  const node = html("details", { class: "hbm-details" }, html("summary", QUIET, "Numbers"), scroller);
  node.addEventListener("toggle", () => node.open && onOpen(), { signal });
  let rows = [];

  function makeRow(j) {
    const input = numberInput(
      { class: "hbm-number", min: 0, step: 1 },
      (value) => onSize(j, value),
      signal,
    );
    const label = html("th", { scope: "row" });
    const cells = Array.from({ length: 5 }, () => html("td"));
    body.append(html("tr", {}, label, html("td", {}, input), ...cells));
    return { label, input, cells };
  }

  function paint({ state, data, result, most }) {
    if (!node.open) return;
    say(target, state.preset === "hsb" ? "mean of unused students" : "truth");
    const J = data.labels.length;
    while (rows.length < J) rows.push(makeRow(rows.length));
    while (rows.length > J) rows.pop().label.parentNode.remove();
    rows.forEach(({ label, input, cells }, j) => {
      say(label, data.labels[j]);
      input.setAttribute("aria-label", `Size of group ${data.labels[j]}`);
      input.max = most[j];
      fillIn(input, result.groups.n[j]);
      const interval = `${format(result.theta[0][j])} to ${format(result.theta[4][j])}`;
      const numbers = [result.groups.mean[j], result.partial[j], interval, result.shrinkage[j],
        data.target[j]];
      numbers.forEach((value, i) =>
        say(cells[i], typeof value === "string" ? value : format(value)),
      );
    });
  }

  return { node, paint };
}
