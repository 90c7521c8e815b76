// Build the page from src/: `node build.mjs`; with --check, say whether what is committed equals what would be built.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const page = join(here, "../../scripts/pluralism/reporting/explorer/page");
const shared = { bundle: true, write: false, charset: "ascii", target: "es2023", absWorkingDir: here };

const [bundle, parity] = await Promise.all([
  build({ ...shared, entryPoints: [{ in: "src/main.tsx", out: "explorer" }, { in: "src/style/main.css", out: "explorer" }], outdir: page, format: "iife", jsx: "automatic", jsxImportSource: "preact" }),
  build({ ...shared, entryPoints: { parity: "src/parity.ts" }, outdir: here, format: "esm", platform: "node", outExtension: { ".js": ".mjs" } }),
]);
const made = [
  ...[...bundle.outputFiles, ...parity.outputFiles].map((file) => [file.path, file.text]),
  [join(page, "index.html"), readFileSync(join(here, "src/index.html"), "utf8")],
];

if (process.argv.includes("--check")) {
  const other = made.filter(([path, text]) => committed(path) !== text).map(([path]) => relative(join(here, "../.."), path));
  if (other.length) {
    console.error(`error: ${other.join(", ")}: not what dev/explorer/src builds to; run make explorer`);
    process.exit(1);
  }
} else for (const [path, text] of made) writeFileSync(path, text);

function committed(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
