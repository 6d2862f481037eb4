// When the posterior of the scales, and its moments, exist: the rates derived in
// `hbmlib/exact/_propriety.py`. A growth is [tau alone, sigma alone, both together].

const SLOWEST = 0.1;

export function tails(data, tauPrior, sigmaPrior) {
  const { J, N } = data;
  const flatMu = data.priorPrecision === 0;
  const d = flatMu ? 1 : 0;
  const a = tauPrior.tail;
  const b = sigmaPrior ? sigmaPrior.tail : Infinity;
  const rates = [J - d + a - 1, N - d + b - 1, N - d + a + b - 2];
  const known = !sigmaPrior;
  const growths = {
    tau: [1, 0, 1],
    sigma: [0, 1, 1],
    mu: flatMu ? [1, 1, 1] : [0, 0, 0],
    theta: [0, flatMu && !known ? 1 : 0, known ? 0 : 1],
    newGroup: [1, flatMu ? 1 : 0, 1],
  };
  const rate = (growth, power) => Math.min(...rates.map((r, i) => r - power * growth[i]));
  const exists = (name, power) => rate(growths[name], power) > SLOWEST;
  const power = (name) => [2, 1, 0].find((k) => exists(name, k)) ?? 0;
  return { data, tauPrior, sigmaPrior, flatMu, rates, exists, power, fault: () => fault() };

  function fault() {
    const mu = flatMu ? "flat" : "normal";
    const improper = "the posterior is improper.";
    if (rates[0] <= 0 && a === 0) {
      return (
        `\`tau_prior\` must be proper unless at least ${d + 2} groups have observations ` +
        `(\`mu_prior\` is ${mu}); got a flat one with ${J}: ${improper} Use HalfNormal.`
      );
    }
    if (rates[1] <= 0 && b === 0) {
      return (
        `\`sigma_prior\` must be proper unless there are at least ${d + 2} observations ` +
        `(\`mu_prior\` is ${mu}); got a flat one with ${N}: ${improper} Use HalfNormal.`
      );
    }
    if (rates[2] <= 0) {
      return (
        "`tau_prior` or `sigma_prior` must be proper unless there are at least " +
        `${d + 3} observations (\`mu_prior\` is ${mu}); got two flat ones with ${N}: ` +
        `${improper} Use HalfNormal.`
      );
    }
    if (Math.min(...rates) <= SLOWEST) {
      const name = rates[0] <= SLOWEST ? "tau_prior" : "sigma_prior";
      return (
        `\`${name}\` must fall faster for these data; got a Gamma on the precision with so ` +
        "small a shape that the posterior's tail is too long to compute. Raise its shape."
      );
    }
    return faultAtZero(improper);
  }

  function faultAtZero(improper) {
    if (known || data.ss > 0 || !sigmaPrior.reachesZero) return null;
    const advice =
      "Pass a known `sigma`, or a `sigma_prior` that excludes 0, such as GammaPrecision.";
    if (N > J) {
      return (
        "`groups` must vary within at least one group; got a within-group sum of squares " +
        `of 0 from ${N} observations in ${J} groups: ${improper} ${advice}`
      );
    }
    const seen = data.ownMean.filter((_, j) => data.information[j] > 0);
    if (J > 2 && tauPrior.reachesZero && seen.every((m) => m === seen[0])) {
      return (
        `\`groups\` must not all have the same mean; got ${J} equal ` +
        `observations, one in each: ${improper} ${advice}`
      );
    }
    return null;
  }
}
