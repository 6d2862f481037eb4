// Random numbers for samplers, all made from one source of uniforms on [0, 1): the same uniforms
// give the same chain.

export function source(random) {
  let spare = null;

  // Box and Muller (1958): two uniforms make two normals.
  function normal() {
    if (spare !== null) {
      const z = spare;
      spare = null;
      return z;
    }
    const radius = Math.sqrt(-2 * Math.log1p(-random()));
    const angle = 2 * Math.PI * random();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  // Marsaglia and Tsang (2000), "A simple method for generating gamma variables", ACM Transactions
  // on Mathematical Software 26; a shape below 1 is lifted by 1 and mended with a power.
  function gamma(shape) {
    if (shape < 1) return gamma(shape + 1) * random() ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const z = normal();
      const v = (1 + c * z) ** 3;
      if (v > 0 && Math.log(random()) < 0.5 * z * z + d * (1 - v + Math.log(v))) return d * v;
    }
  }

  return {
    random,
    normal,
    gamma,
    exponential: () => -Math.log1p(-random()),
    uniform: (low, high) => low + (high - low) * random(),
    whole: (low, high) => low + Math.floor(random() * (high - low + 1)),
  };
}
