// For tools/bench_search.py: node tools/bench_search.mjs < job.json. The last line is JSON:
// {"cold": [ms], "keystroke": [ms]}. A Chromium on a phone's processor (4 times slower) and a slow
// network (150 ms, 1.6 Mbit/s). Cold: from the focus of the field, the modules there and the index
// not, to the first results painted. Keystroke: from the input of a key to its results laid out, when
// what it needs is there.

import { readFileSync } from "node:fs";

import puppeteer from "puppeteer-core";

const job = JSON.parse(readFileSync(0, "utf8"));
const browser = await puppeteer.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});

/** @param {number} round */
async function measure(round) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport({ width: 390, height: 844 });
  const session = await page.createCDPSession();
  await session.send("Network.enable");
  await session.send("Network.setBypassServiceWorker", { bypass: true });
  await page.goto(`${job.url}/search.html`, { waitUntil: "networkidle0" });
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await session.send("Network.emulateNetworkConditions", {
    offline: false, latency: 150, downloadThroughput: (1.6e6 / 8), uploadThroughput: (0.75e6 / 8),
  });
  const cold = await page.evaluate(
    (question) =>
      new Promise((resolve) => {
        const field = document.querySelector("#q");
        const hits = document.querySelector("#hits");
        const start = performance.now();
        new MutationObserver((_, watch) => {
          watch.disconnect();
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
        }).observe(hits, { childList: true });
        field.focus();
        field.value = question;
        field.dispatchEvent(new Event("input"));
      }),
    job.questions[round % job.questions.length],
  );
  // every pair is asked for once, then each key is measured
  const type = () =>
    page.evaluate(async (questions) => {
      const field = document.querySelector("#q");
      const hits = document.querySelector("#hits");
      const took = [];
      for (const question of questions) {
        for (let length = 1; length <= question.length; length += 1) {
          field.value = question.slice(0, length);
          const start = performance.now();
          field.dispatchEvent(new Event("input"));
          // the answer is made in microtasks, which end before the next message
          await new Promise((resolve) => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = resolve;
            port2.postMessage(null);
          });
          document.body.getBoundingClientRect();
          took.push(performance.now() - start);
          await new Promise((resolve) => setTimeout(resolve, 60));
        }
        field.value = "";
        field.dispatchEvent(new Event("input"));
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
      return took;
    }, job.questions);
  await type();
  const keys = await type();
  await context.close();
  keys.sort((a, b) => a - b);
  return { cold, key: keys[Math.floor(keys.length / 2)] };
}

const seen = { cold: [], keystroke: [] };
try {
  for (let round = 0; round < job.rounds; round += 1) {
    const { cold, key } = await measure(round);
    seen.cold.push(cold);
    seen.keystroke.push(key);
  }
} finally {
  await browser.close();
}
process.stdout.write(`${JSON.stringify(seen)}\n`);
