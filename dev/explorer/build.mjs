// Build the page from src/: `node build.mjs`; with --check, say whether what is committed equals what would be built.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const page = join(root, "scripts/pluralism/reporting/explorer/page");
const shared = { bundle: true, write: false, metafile: true, charset: "ascii", target: "es2023", absWorkingDir: here };

const [bundle, parity] = await Promise.all([
  build({
    ...shared,
    entryPoints: [{ in: "src/main.tsx", out: "explorer" }, { in: "src/style/main.css", out: "explorer" }],
    outdir: page,
    format: "iife",
    jsx: "automatic",
    jsxImportSource: "preact",
  }),
  build({
    ...shared,
    entryPoints: { parity: "src/parity.ts" },
    outdir: here,
    format: "esm",
    platform: "node",
    outExtension: { ".js": ".mjs" },
  }),
]);
const made = [
  ...[...bundle.outputFiles, ...parity.outputFiles].map(({ path, text }) => [
    path,
    path.endsWith(".js") ? `${licences(bundle.metafile)}${text}` : text,
  ]),
  [join(page, "index.html"), readFileSync(join(here, "src/index.html"), "utf8")],
];

if (process.argv.includes("--check")) {
  const other = made.filter(([path, text]) => committed(path) !== text).map(([path]) => relative(root, path));
  if (other.length) {
    console.error(`error: ${other.join(", ")}: not what dev/explorer/src builds to; run make explorer`);
    process.exit(1);
  }
} else for (const [path, text] of made) writeFileSync(path, text);

/** The licences of the packages that a bundle holds, as a comment. */
function licences({ inputs }) {
  const found = Object.keys(inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  const packages = [...new Set(found.filter(Boolean))].sort();
  const texts = packages.map((name) => `${name}\n\n${readFileSync(join(here, "node_modules", name, "LICENSE"), "utf8").trim()}`);
  return `/*\n${texts.join("\n\n\n")}\n*/\n`;
}

function committed(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
