// Interacts at random with the first widget on the page: [seed, count] => window.monkey.
async ([seed, count]) => {
  const root = document.querySelector("[data-hbm-widget]");
  const faults = [];
  window.monkey = { faults, refits: 0 };
  addEventListener("error", (event) => faults.push(String(event.message)));
  addEventListener("unhandledrejection", (event) => faults.push(String(event.reason)));
  new MutationObserver(() => (window.monkey.refits += 1)).observe(root, {
    attributes: true,
    attributeFilter: ["data-hbm-values"],
  });

  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const pick = (items) => items[Math.floor(random() * items.length)];
  // Acts on one of the nodes, if there is any.
  const on = (nodes, act) => nodes.length > 0 && act(pick(nodes));
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const pointer = (node, type, x, y) =>
    node.dispatchEvent(
      new PointerEvent(type, { bubbles: true, button: 0, pointerId: 1, clientX: x, clientY: y }),
    );
  const KEYS = ["ArrowRight", "ArrowLeft", "PageUp", "PageDown", "Home", "End"];
  const TYPED = ["", "0", "1", "2.5", "-3", "1e9", "12", "0.01", "1e-9"];

  const drag = (slider) => {
    const box = slider.getBoundingClientRect();
    slider.setPointerCapture = () => {};
    pointer(slider, "pointerdown", box.x, box.y);
    for (let i = 0; i < 3; i++) pointer(slider, "pointermove", box.x + 120 * (random() - 0.5), box.y);
    pointer(slider, "pointerup", box.x, box.y);
  };
  const press = (slider) =>
    slider.dispatchEvent(new KeyboardEvent("keydown", { key: pick(KEYS), bubbles: true }));
  const slide = (range) => {
    range.value = Number(range.min) + random() * (range.max - range.min);
    range.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const type = (input) => {
    input.value = pick(TYPED);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const choose = (select) => {
    select.value = pick([...select.options]).value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const actions = [
    (nodes) => on(nodes("[role=slider]"), drag),
    (nodes) => on(nodes("[role=slider]"), press),
    (nodes) => on(nodes("input[type=range]"), slide),
    (nodes) => on(nodes("input[type=number]"), type),
    (nodes) => on(nodes("select"), choose),
    (nodes) => on(nodes("input[type=checkbox], summary, button"), (node) => node.click()),
  ];
  const own = root.querySelector("[role=slider]") !== null;
  const weights = [own && 6, own && 6, 3, 2, 1, 1];
  const urn = actions.flatMap((action, i) => Array(Number(weights[i])).fill(action));
  const nodes = (selector) =>
    [...root.querySelectorAll(selector)].filter((node) => !/^Copy/.test(node.textContent));

  for (let step = 0; step < count; step++) {
    pick(urn)(nodes);
    await frame();
    const text = root.getAttribute("data-hbm-values");
    const drawn = [...root.querySelectorAll("path, circle, line, rect")].some((node) =>
      [...node.attributes].some(({ value }) => /NaN|Infinity|undefined/.test(value)),
    );
    if (/NaN|Infinity/.test(text) || drawn) faults.push(`step ${step}: not finite: ${text.slice(0, 200)}`);
    if (text === "null" && !root.querySelector("[role=alert]").textContent) {
      faults.push(`step ${step}: no numbers and no reason`);
    }
    if (faults.length > 5) break;
  }
}
