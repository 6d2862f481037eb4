// Diagnostics of a run under way, at a cost that stays below a frame: they are taken anew when the
// draws have grown by a part of what they were.

import { summary } from "./diagnostics.js";

// Returns a function of the index of a kept value that gives {draws, ...summary}.
export function monitor(run, { growth = 0.05 } = {}) {
  const known = new Map();
  return (i) => {
    const before = known.get(i);
    const due = before && run.draws >= before.draws && run.draws < before.draws * (1 + growth);
    if (!due) known.set(i, { draws: run.draws, ...summary(run.values(i)) });
    return known.get(i);
  };
}
