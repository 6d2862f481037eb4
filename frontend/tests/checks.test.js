import assert from "node:assert/strict";
import { test } from "node:test";

import { checkState } from "../engine/checks.js";
import { FAMILIES, resize } from "../engine/words.js";
import { fields } from "../views/explorer/fields.js";
import { fromFragment, toFragment } from "../views/kit/link.js";
import { given, state } from "./states.js";

const refused = (patch, message) =>
  assert.throws(() => checkState({ ...state, ...patch }, given), { name: "RangeError", message });

test("a sound state passes unchanged", () => {
  assert.deepEqual(checkState(state, given), state);
});

test("what cannot be is refused by name", () => {
  refused({ preset: "hsp" }, /`preset` must be one of/);
  refused({ mu: NaN }, "`mu` must be a finite number; got nan. Give one number.");
  refused({ tau: -3 }, /`tau` must be a non-negative number; got -3\./);
  refused({ sigma: 0 }, /`sigma` must be a positive number; got 0\./);
  refused({ sigma: "3" }, /got '3'/);
  refused({ seed: 1.5 }, /`seed` must be a non-negative whole number; got 1.5/);
  refused({ seed: 2 ** 32 }, /`seed`/);
  refused({ n_groups: 0 }, /`n_groups`/);
  refused({ n_groups: 101 }, /`n_groups`/);
  refused({ group_sizes: [] }, /`group_sizes`/);
  refused({ group_sizes: [1, 2] }, /`group_sizes` must be of length 3; got 2/);
  refused({ group_sizes: [1, 2.5, 3] }, /got 2.5 at index 1/);
  refused({ group_sizes: [0, 0, 0] }, /at least one observation/);
  refused({ group_sizes: [1, 101, 3] }, /from 0 to 100; got 101 at index 1/);
  refused({ sigma_known: 1 }, /`sigma_known`/);
  refused({ mu_prior: { family: "half-normal", scale: 1 } }, /`mu_prior`/);
  refused({ tau_prior: { family: "half-normal", scale: 0 } }, /`scale`/);
  refused({ tau_prior: { family: "uniform", lower: 3, upper: 2 } }, /`upper`/);
  refused({ tau_prior: null }, /`tau_prior`/);
});

test("real schools have no more students than they have", () => {
  const real = { ...state, preset: "hsb", n_groups: 2 };
  assert.doesNotThrow(() => checkState({ ...real, group_sizes: [3, 2] }, given));
  assert.throws(() => checkState({ ...real, group_sizes: [3, 3] }, given), /from 0 to 2/);
  assert.throws(
    () => checkState({ ...real, n_groups: 3, group_sizes: [1, 1, 1] }, given),
    /`n_groups` must be a whole number from 1 to 2/,
  );
});

test("new groups get the median size, within what there is", () => {
  assert.deepEqual(resize([5, 1, 9], 5, [10, 10, 10, 10, 3]), [5, 1, 9, 5, 3]);
  assert.deepEqual(resize([5, 1, 9], 1, [10]), [5]);
});

test("a link carries the whole state there and back", () => {
  for (const [family, parameters] of Object.entries(FAMILIES)) {
    if (family === "normal") continue;
    const linked = { ...state, tau: 0.125, tau_prior: { family, ...parameters } };
    const parts = fromFragment(fields, toFragment(fields, linked, "PoolingExplorer-1"), "PoolingExplorer-1");
    assert.deepEqual(checkState(parts, given), linked);
  }
});

test("a link to something else is none of ours", () => {
  assert.equal(fromFragment(fields, "", "PoolingExplorer-1"), null);
  assert.equal(fromFragment(fields, "#in-short", "PoolingExplorer-1"), null);
  assert.equal(fromFragment(fields, "#PoolingExplorer-12?tau=3", "PoolingExplorer-1"), null);
  assert.deepEqual(fromFragment(fields, "#PoolingExplorer-1", "PoolingExplorer-1"), {});
});

test("a malformed link is refused", () => {
  const follow = (text) => {
    const parts = fromFragment(fields, `#PoolingExplorer-1?${text}`, "PoolingExplorer-1");
    return checkState({ ...state, ...parts }, given);
  };
  const bad = ["tau", "tau=", "tau=x", "depth=3", "group_sizes=1,,2", "group_sizes=", "seed=-1",
    "sigma_known=perhaps", "tau_prior=beta,1", "tau_prior=uniform,1", "%E0%A4%A=1", "n_groups=5",
    "preset=toString", "tau=%", "__proto__=1"];
  for (const text of bad) assert.throws(() => follow(text), text);
});
