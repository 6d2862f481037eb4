// A small state, and the data that go with it, for the tests.

export const state = {
  preset: "simulated",
  mu: 5,
  tau: 2,
  sigma: 3,
  seed: 1,
  n_groups: 3,
  group_sizes: [4, 0, 9],
  sigma_known: false,
  mu_prior: { family: "normal", mean: 0, sd: 100 },
  tau_prior: { family: "half-normal", scale: 25 },
  sigma_prior: { family: "half-normal", scale: 50 },
};

export const given = {
  presets: { hsb: {}, simulated: {} },
  real: {
    labels: ["a", "b"],
    used: [[1, 2, 3], [4, 5]],
    held_out: [[2, 2.5, 3.5], [5, 4, 4.5]],
    split_seed: 1,
  },
};
