// Mounts the book's widgets on a static page, without a kernel. A classic script in the head:
// it watches the page as it is parsed, and mounts a widget as soon as its place, its state and
// its view are there. A view is a script that sets hbm.views.NAME and calls hbm.hydrate.
(() => {
  "use strict";
  const hbm = (globalThis.hbm ??= { views: {} });
  const base = new URL(".", document.currentScript.src);
  const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
  const asked = new Set();
  const mounted = new WeakSet();
  let models = null;

  // What a kernel's model offers to a view, kept in the page alone.
  function pageModel(state) {
    const values = new Map(Object.entries(state));
    const listeners = new Map();
    const emit = (event) => [...(listeners.get(event) ?? [])].forEach((listener) => listener());
    return {
      get: (key) => values.get(key),
      set(key, value) {
        values.set(key, value);
        emit(`change:${key}`);
        emit("change");
      },
      save_changes() {},
      send() {},
      on(event, listener) {
        if (!listeners.has(event)) listeners.set(event, new Set());
        listeners.get(event).add(listener);
      },
      off(event, listener) {
        listeners.get(event)?.delete(listener);
      },
    };
  }

  // A state still being parsed is not yet JSON; it is read again at the next mutation.
  function readModels() {
    const found = [...document.querySelectorAll(STATE)];
    try {
      const states = found.map((node) => JSON.parse(node.textContent).state);
      return states.length ? Object.assign({}, ...states) : null;
    } catch {
      return null;
    }
  }

  // The parser may still be inside a place; it has left it once something follows.
  function parsed(place) {
    if (document.readyState !== "loading") return true;
    for (let node = place; node; node = node.parentNode) if (node.nextSibling) return true;
    return false;
  }

  // Loads a view whose script the page does not name: it lies beside this script.
  function ask(name) {
    if (asked.has(name) || document.readyState === "loading") return;
    const style = Object.assign(document.createElement("link"), {
      rel: "stylesheet",
      href: new URL("widgets/widgets.css", base).href,
    });
    const script = Object.assign(document.createElement("script"), {
      src: new URL(`widgets/${name}.js`, base).href,
    });
    document.head.append(...(asked.size ? [] : [style]), script);
    asked.add(name);
  }

  const stateOf = (place) => models[place.dataset.hbmModel]?.state;
  const nameOf = (place) => stateOf(place)?._anywidget_id?.split(".").pop();

  function mount(place, places) {
    const state = stateOf(place);
    const name = nameOf(place);
    if (!name) return;
    const index = places.filter((other) => nameOf(other) === name).indexOf(place);
    const view = hbm.views[name];
    if (!view) return ask(name);
    mounted.add(place);
    const model = pageModel({ ...state, _anchor: `${name}-${index + 1}` });
    const fallback = [...place.childNodes];
    try {
      view.render({ model, el: place });
    } catch (error) {
      place.replaceChildren(...fallback);
      throw error;
    }
    place.dataset.hbmReady = "";
    performance.mark("hbm-ready");
  }

  hbm.hydrate = () => {
    const places = [...document.querySelectorAll("[data-hbm-model]")];
    if (!places.length) return;
    models ??= readModels();
    if (!models) return;
    places.forEach((place) => mounted.has(place) || !parsed(place) || mount(place, places));
  };

  const observer = new MutationObserver(hbm.hydrate);
  observer.observe(document, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", () => {
    observer.disconnect();
    hbm.hydrate();
  });
  hbm.hydrate();
})();
