// Gibbs sampling: draw each block of parameters in turn, given all the others. The twin of
// `hbmlib.kernels.Gibbs`, for one chain.

// `scan` is "systematic", each block once in the order of the conditionals, or "random", as many
// blocks picked anew each step.
export function gibbs(model, { scan = "systematic" } = {}) {
  const { conditionals, names } = model;
  const order = Object.keys(conditionals);
  const parameters = [...new Set(names.map((name) => name.split("[")[0]))];

  function init(q) {
    return stateOf(model.gibbsState(model.constrain(q)));
  }

  // The named values in the order of `names`, beside the blocks.
  function stateOf(blocks) {
    const q = new Float64Array(names.length);
    let at = 0;
    for (const name of parameters) {
      const value = blocks[name];
      if (typeof value === "number") q[at++] = value;
      else for (const x of value) q[at++] = x;
    }
    return { q, blocks };
  }

  // The distribution of one block given all others.
  const conditional = ({ blocks }, name) => conditionals[name](blocks);

  // Draws one block, x_k ~ π(x_k | all other x). A draw that is not finite leaves it as it was.
  function redraw(source, blocks, name) {
    const value = conditionals[name](blocks).draw(source);
    const sound = typeof value === "number" ? Number.isFinite(value) : value.every(Number.isFinite);
    return sound ? { ...blocks, [name]: value } : blocks;
  }

  function step(source, state) {
    let { blocks } = state;
    let diverging = false;
    const picks =
      scan === "random" ? order.map(() => order[source.whole(0, order.length - 1)]) : order;
    for (const name of picks) {
      const next = redraw(source, blocks, name);
      diverging ||= next === blocks;
      blocks = next;
    }
    return { state: stateOf(blocks), info: { diverging } };
  }

  return {
    kind: "gibbs",
    target: model,
    names,
    order,
    init,
    step,
    draw: (source, { blocks }, name) => stateOf(redraw(source, blocks, name)),
    conditional,
    constrain: (q) => q,
  };
}
