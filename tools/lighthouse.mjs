// One run of Lighthouse as a phone on slow 4G with a quarter of the speed (its defaults):
// node tools/lighthouse.mjs URL → {"scores": {...}, "ms": {...}, "failed": [...]}

import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import puppeteer from "puppeteer-core";

const require = createRequire(import.meta.url);
/** @type {{default: typeof import("lighthouse").default}} */
const { default: lighthouse } = await import(pathToFileURL(require.resolve("lighthouse")).href);

/** How often it begins anew when an audit of its own broke and left a category without a score. */
const TRIES = 3;

async function measured(/** @type {number} */ port, tries = TRIES) {
  const done = await lighthouse(process.argv[2], { port, output: "json", logLevel: "error" });
  if (!done) throw new Error("Lighthouse said nothing");
  if (Object.values(done.lhr.categories).every(({ score }) => score !== null)) return done.lhr;
  for (const { id, errorMessage } of Object.values(done.lhr.audits))
    if (errorMessage) console.error(`Lighthouse could not audit ${id}: ${errorMessage}`);
  if (tries > 1) return measured(port, tries - 1);
  throw new Error(`Lighthouse broke ${TRIES} times; see above`);
}

const profile = mkdtempSync(join(tmpdir(), "lighthouse-"));
const browser = await puppeteer.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  userDataDir: profile,
});
try {
  const port = Number(new URL(browser.wsEndpoint()).port);
  const { categories, audits } = await measured(port);
  const scores = Object.fromEntries(Object.entries(categories).map(([name, { score }]) => [name, Math.round((score ?? 0) * 100)]));
  const number = (/** @type {string} */ name) => audits[name]?.numericValue ?? -1;
  const ms = {
    lcp: number("largest-contentful-paint"),
    tbt: number("total-blocking-time"),
    cls: number("cumulative-layout-shift"),
  };
  const failed = Object.entries(categories).flatMap(([name, { auditRefs }]) =>
    auditRefs
      .map(({ id, weight }) => ({ weight, audit: audits[id] }))
      .filter(({ weight, audit }) => weight && audit && audit.score !== null && audit.score < 1)
      .map(({ audit }) => `${name}: ${audit?.title} ${JSON.stringify(audit?.details ?? "").slice(0, 300)}`),
  );
  process.stdout.write(`${JSON.stringify({ scores, ms, failed })}\n`);
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
