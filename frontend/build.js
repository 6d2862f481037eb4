// Bundles every view twice from one source: an ES module for a live kernel, a classic script for
// the static page; and their one style, with the colours of the book's token file.
// `node build.js OUT` writes into OUT/hbmlib and OUT/site instead of the repository.

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { build, transform } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);
const out = process.argv[2] ?? root;
const kernel = path.join(out, "hbmlib/widgets/static");
const page = path.join(out, "site/static/widgets");

const common = { bundle: true, minify: true, charset: "utf8", target: "es2022", legalComments: "none" };

function variables(colours) {
  return Object.entries(colours).map(([role, value]) => `--hbm-${role}:${value}`).join(";");
}

async function style() {
  const tokens = JSON.parse(await readFile(path.join(root, "hbmlib/style/tokens.json"), "utf8"));
  const rules = await readFile(path.join(here, "views/widget.css"), "utf8");
  const own = ":is(.hbm-widget,.hbm-static)";
  const dark = 'html[data-theme="dark"],body[data-jp-theme-light="false"],body.vscode-dark';
  const light = `${own}{${variables(tokens.light)};${variables(tokens.font)};color-scheme:light}`;
  const colours = `${own}{${variables(tokens.dark)};color-scheme:dark}`;
  // Paper is white; and without a script the page leaves the choice to the operating system.
  const night = `@media screen{:is(${dark}) ${colours}}
    @media screen and (prefers-color-scheme:dark){html[data-theme="auto"] ${colours}}`;
  const { code } = await transform(`${light}${night}${rules}`, { loader: "css", minify: true });
  return code;
}

async function bundle(name) {
  const entry = path.join(here, `views/${name}.js`);
  const register = `import view from ${JSON.stringify(entry)};
    const hbm = (globalThis.hbm ??= { views: {} });
    hbm.views[${JSON.stringify(name)}] = view;
    hbm.hydrate?.();`;
  await build({ ...common, entryPoints: [entry], format: "esm", outfile: path.join(kernel, `${name}.js`) });
  await build({
    ...common,
    stdin: { contents: register, resolveDir: here },
    format: "iife",
    outfile: path.join(page, `${name}.js`),
  });
}

// A widget's view is named as its class is: with a capital.
const views = await readdir(path.join(here, "views"));
const names = views.filter((file) => /^[A-Z]\w*\.js$/.test(file)).map((file) => file.slice(0, -3));
const css = await style();
for (const folder of [kernel, page]) {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "widgets.css"), css);
}
for (const name of names.sort()) await bundle(name);
