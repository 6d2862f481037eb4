// How fast the page's engine is in Node, lab by lab; prints JSON. `python -m benchmarks.engine`
// runs it and keeps the results.

import { generator, standardNormal } from "../frontend/engine/random.js";
import { schools } from "../frontend/engine/simulate.js";
import { summarise } from "../frontend/engine/pooling.js";
import { chains } from "../frontend/engine/samplers/chains.js";
import { summary } from "../frontend/engine/samplers/diagnostics.js";
import { eightSchools, standardErrors } from "../frontend/engine/samplers/eight_schools.js";
import { gibbs } from "../frontend/engine/samplers/gibbs.js";
import { hmc } from "../frontend/engine/samplers/hmc.js";
import { bolstadIndividuals, summariseLines } from "../frontend/engine/samplers/individuals.js";
import { metropolis } from "../frontend/engine/samplers/metropolis.js";
import { normalMeansTarget } from "../frontend/engine/samplers/normal_means.js";
import { nuts } from "../frontend/engine/samplers/nuts.js";
import { population } from "../frontend/engine/samplers/population.js";
import { hierarchicalLines } from "../frontend/engine/samplers/regression.js";

const ROUNDS = 5;
const SECONDS = 0.4;

const groupsOf = (J) => {
  const { rows } = schools({ groups: J, mu: 5, tau: 5, sigma: 10, seed: 1 });
  return summarise(rows, new Array(J).fill(15));
};
const schoolsOf = (J) => {
  const groups = groupsOf(J);
  const tauPrior = { family: "half-normal", scale: 10 };
  return { effect: groups.mean, se: standardErrors(groups, 10), tauPrior };
};
const apart = (J) => eightSchools({ ...schoolsOf(J), centred: false });
const together = (J) => eightSchools(schoolsOf(J));
const few = population(schoolsOf(8));
const samplers = [
  ["MetropolisLab, ConvergenceLab", "Metropolis, all at once", metropolis(few), 8],
  ["MetropolisLab", "Metropolis, blocked", metropolis(few, { blocks: [[0], [1]] }), 8],
  ["MetropolisLab", "Metropolis, all at once", metropolis(population(schoolsOf(100))), 100],
  ["GibbsLab", "Gibbs, sigma known", gibbs(together(8)), 8],
  ["GibbsLab", "Gibbs, sigma unknown", gibbs(normalMeansTarget({ groups: groupsOf(8) })), 8],
  ["GibbsLab", "Gibbs, sigma unknown", gibbs(normalMeansTarget({ groups: groupsOf(100) })), 100],
  ["HamiltonianLab", "HMC of 10 steps", hmc(few, { stepSize: 0.2, nSteps: 10 }), 8],
  ["NutsLab", "NUTS", nuts(few), 8],
  ["FunnelLab", "NUTS, centred", nuts(together(8)), 8],
  ["FunnelLab", "NUTS, apart", nuts(apart(8)), 8],
  ["FunnelLab", "NUTS, apart", nuts(apart(100)), 100],
];

const cpuSeconds = (work) => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};
const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

// Transitions of single chains a second of CPU, of runs of four chains as a lab makes them.
function rateOf(kernel) {
  const rates = Array.from({ length: ROUNDS }, (_, round) => {
    const run = chains({ kernel, seed: round + 1, warmup: 200, most: 2e6, keep: [0, 1] });
    while (run.warming) run.step();
    let steps = 0;
    const seconds = cpuSeconds(() => {
      const end = performance.now() + 1000 * SECONDS;
      while (performance.now() < end) steps += run.run(8);
    });
    return (4 * steps) / seconds;
  });
  return median(rates);
}

// Milliseconds of CPU that a piece of work takes.
function timeOf(work, times) {
  work();
  return median(
    Array.from({ length: ROUNDS }, () => {
      const seconds = cpuSeconds(() => {
        for (let i = 0; i < times; i++) work();
      });
      return (1000 * seconds) / times;
    }),
  );
}

const rates = samplers.map(([lab, what, kernel, groups]) => {
  return { lab, what, groups, transitions_per_second: Math.round(rateOf(kernel)) };
});

const four = (draws) => [1, 2, 3, 4].map((c) => standardNormal(generator(1, c), draws));
const lines = (individuals, observations) => {
  const { x, y } = bolstadIndividuals(1, individuals, observations);
  return summariseLines(x, y);
};
const refit = (summaries) => hierarchicalLines(summaries, { spreads: false });
const times = [
  ["ConvergenceLab", "all diagnostics of 4 chains of 1,000", () => summary(four1000), 20],
  ["ConvergenceLab", "all diagnostics of 4 chains of 10,000", () => summary(four10000), 3],
  ["RegressionPooling", "refit of 75 people with 5 each", () => refit(bolstad), 10],
  ["RegressionPooling", "refit of 100 people with 10 each", () => refit(many), 10],
];
const [four1000, four10000] = [four(1000), four(10_000)];
const [bolstad, many] = [lines(75, 5), lines(100, 10)];

const timed = times.map(([lab, what, work, repeats]) => {
  return { lab, what, milliseconds: Number(timeOf(work, repeats).toFixed(2)) };
});
console.log(JSON.stringify({ rates, times: timed }));
