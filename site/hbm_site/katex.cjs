// Renders formulas: one JSON request a line in, one JSON answer a line out, until input ends.
const katex = require(process.argv[2]);

require("node:readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { latex, display } = JSON.parse(line);
    let answer;
    try {
      answer = { html: katex.renderToString(latex, { displayMode: display, strict: "error" }) };
    } catch (error) {
      answer = { error: error.message };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  });
