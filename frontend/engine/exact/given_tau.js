// What is known at one value of tau, when sigma is: the twin of `ExactPosterior.given_tau`.

import { collapsed, keep, reduce } from "./collapsed.js";

// Takes {n, mean, ss}, the known sds of an observation (J,) and the prior of mu. Gives a function
// of tau that returns {mu, muSd, theta, thetaSd, weight, logLikelihood}; the prior on tau does not
// matter here.
export function givenTau(groups, { sigma, muPrior }) {
  const data = reduce(groups, sigma, muPrior);
  const density = collapsed(data);
  return (tau) => {
    const logLikelihood = density.logLikelihood(tau ** 2, 1);
    const { mean, precision } = density.mu;
    const kept = data.information.map((information) => keep(tau ** 2, 1, information));
    return {
      mu: data.centre + mean,
      muSd: precision ** -0.5,
      theta: kept.map((k, j) => data.centre + (1 - k) * data.ownMean[j] + k * mean),
      thetaSd: kept.map((k) => Math.sqrt(tau ** 2 * k + k ** 2 / precision)),
      weight: kept.map((k) => 1 - k),
      logLikelihood,
    };
  };
}
