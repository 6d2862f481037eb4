// Every number of the figure as a table, with the sizes to type in.

import { format } from "../scale.js";
import { fillIn, numberInput } from "../kit/inputs.js";
import { makeTable as makePlain } from "../kit/table.js";

export function makeTable({ onSize, onOpen, signal }) {
  const table = makePlain({ onOpen, signal });
  const inputs = [];
  const inputFor = (j) =>
    (inputs[j] ??= numberInput({ min: 0, step: 1 }, (value) => onSize(j, value), signal));

  function paint({ state, data, result, most }) {
    if (!table.node.open) return;
    const target = state.preset === "hsb" ? "mean of unused students" : "truth";
    const heads = ["group", "size n", "own mean", "partially pooled", "90% interval", "weight λ"];
    const rows = data.labels.map((label, j) => {
      const input = inputFor(j);
      input.setAttribute("aria-label", `Size of group ${label}`);
      input.max = most[j];
      fillIn(input, result.groups.n[j]);
      const interval = `${format(result.theta[0][j])} to ${format(result.theta[3][j])}`;
      return [label, input, result.groups.mean[j], result.partial[j], interval,
        result.shrinkage[j], data.target[j]];
    });
    table.paint([...heads, target], rows);
  }

  return { node: table.node, paint };
}
