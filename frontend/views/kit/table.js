// The numbers of a figure as a table, behind a fold; it is filled while it is open.

import { html, say } from "../dom.js";
import { format } from "../scale.js";
import { fold, QUIET } from "./inputs.js";

// `paint(heads, rows)`: the first cell of a row is its header; a cell is a text, a number, or an
// element that stays where it is.
export function makeTable({ onOpen, signal, title = "Numbers" }) {
  const head = html("tr");
  const body = html("tbody");
  const scroller = html(
    "div",
    { class: "hbm-scroll", tabindex: 0, role: "group", "aria-label": title, ...QUIET },
    html("table", { class: "hbm-table" }, html("thead", {}, head), body),
  );
  const node = fold(title, { onOpen, signal }, scroller);
  const clear = () => [head, body].forEach((part) => part.replaceChildren());
  node.addEventListener("toggle", () => node.open || clear(), { signal });

  const fit = (parent, count, make) => {
    while (parent.children.length < count) parent.append(make(parent.children.length));
    while (parent.children.length > count) parent.lastChild.remove();
  };
  const put = (cell, content) => {
    if (typeof content === "number") say(cell, format(content));
    else if (typeof content === "string") say(cell, content);
    else if (cell.firstChild !== content) cell.replaceChildren(content);
  };

  function paint(heads, rows) {
    if (!node.open) return;
    fit(head, heads.length, () => html("th", { scope: "col" }));
    heads.forEach((text, i) => say(head.children[i], text));
    fit(body, rows.length, () => html("tr"));
    rows.forEach((row, j) => {
      const cells = body.children[j];
      fit(cells, row.length, (i) => (i ? html("td") : html("th", { scope: "row" })));
      row.forEach((content, i) => put(cells.children[i], content));
    });
  }

  return { node, paint };
}
