// Random-walk Metropolis: propose a point nearby, accept it by its density. The twin of
// `hbmlib.kernels.Metropolis`, for one chain.

// `scale` is the sd of the proposals, one number or one for each coordinate. `blocks` are updated
// in turn: a block is a row of coordinates decided together, or several rows with a decision for
// each, which are independent given all else.
export function metropolis(target, { scale = 1, blocks = null } = {}) {
  const { dim } = target;
  const sd = typeof scale === "number" ? new Float64Array(dim).fill(scale) : scale;
  const given = blocks ?? [Array.from({ length: dim }, (_, i) => i)];
  const rows = given.map((block) => (typeof block[0] === "number" ? [block] : block));

  const targetAccept = new Float64Array(dim);
  for (const block of rows) {
    for (const row of block) for (const i of row) targetAccept[i] = 0.234 + 0.206 / row.length;
  }

  function init(q) {
    return { q: Float64Array.from(q), logp: target.logp(q) };
  }

  // Proposes and decides each block in turn, given the others.
  function step(source, state) {
    let { q, logp } = state;
    const acceptEach = new Float64Array(dim);
    const moves = [];
    let diverging = false;
    for (const block of rows) {
      const proposal = q.slice();
      for (const row of block) for (const i of row) proposal[i] += sd[i] * source.normal();
      // log π(q') / π(q), for each row
      const logRatios = block.map((row) => logRatio(q, logp, proposal, row, block.length));
      const next = q.slice();
      logRatios.forEach((ratio, k) => {
        const wrong = Number.isNaN(ratio) || ratio === Infinity;
        diverging ||= wrong;
        const accept = wrong ? 0 : Math.exp(Math.min(0, ratio)); // min(1, ratio)
        const moved = source.random() < accept;
        for (const i of block[k]) {
          acceptEach[i] = accept;
          if (moved) next[i] = proposal[i];
        }
        if (moved) logp += ratio;
        moves.push({ row: block[k], proposal, accept, moved });
      });
      q = next;
    }
    let accept = 0;
    for (const a of acceptEach) accept += a / dim;
    return { state: { q, logp }, info: { accept, acceptEach, diverging, moves } };
  }

  function logRatio(q, logp, proposal, row, sites) {
    if (sites === 1) return target.logp(proposal) - logp;
    return target.logpTerm(proposal, row) - target.logpTerm(q, row);
  }

  return {
    kind: "metropolis",
    target,
    names: target.names,
    scale: sd,
    blocks: rows,
    targetAccept,
    init,
    step,
    constrain: target.constrain,
    withSize: (size) => metropolis(target, { scale: size, blocks: rows }),
  };
}
