// A value that follows the pointer along a figure: `setAt(x)` gets the place in the SVG's units.

export function dragAcross(hit, node, setAt, signal) {
  let held = false;
  const follow = (event) => setAt(event.clientX - node.getBoundingClientRect().left);
  hit.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    held = true;
    hit.setPointerCapture(event.pointerId);
    follow(event);
    event.preventDefault();
  }, { signal });
  hit.addEventListener("pointermove", (event) => held && follow(event), { signal });
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) {
    hit.addEventListener(type, () => (held = false), { signal });
  }
}
