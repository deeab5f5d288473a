// One picture for README: a page as it stands, in a palette of 256 colours.

import { writeFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";

import puppeteer from "puppeteer-core";

export const PHONE = { width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
export const DESK = { width: 1366, height: 768 };

/** @typedef {import("puppeteer-core").Page} Page */

export const open = () =>
  puppeteer.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"],
  });

/** @param {Page} page @param {string} file */
export async function picture(page, file) {
  await page.evaluate(() => {
    /** @type {HTMLElement} */ (document.activeElement)?.blur();
    scrollTo({ top: 0 });
  });
  const shot = await page.screenshot({ encoding: "base64" });
  const drawer = await page.browser().newPage();
  writeFileSync(file, png(await drawer.evaluate(palette, shot)));
  await drawer.close();
}

/**
 * The 256 commonest colours of a picture and, row by row, the one nearest to each pixel. A page
 * has few colours: this makes the file less than half as long. Runs in the browser.
 * @param {string} shot PNG, base64
 */
async function palette(shot) {
  const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${shot}`)).blob());
  const { width, height } = image;
  const paper = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(width, height).getContext("2d"));
  paper.drawImage(image, 0, 0);
  const pixels = new Uint32Array(paper.getImageData(0, 0, width, height).data.buffer);
  const often = new Map();
  for (const each of pixels) often.set(each, (often.get(each) ?? 0) + 1);
  const colours = [...often.keys()].sort((a, b) => often.get(b) - often.get(a)).slice(0, 256);
  const parts = (/** @type {number} */ each) => [each & 255, (each >> 8) & 255, (each >> 16) & 255];
  const apart = (/** @type {number} */ a, /** @type {number} */ b) =>
    parts(a).reduce((sum, part, at) => sum + (part - (parts(b)[at] ?? 0)) ** 2, 0);
  const places = new Map();
  for (const each of often.keys()) {
    const gaps = colours.map((colour) => apart(each, colour));
    places.set(each, gaps.indexOf(Math.min(...gaps)));
  }
  return { width, height, colours: colours.flatMap(parts), rows: Array.from(pixels, (each) => places.get(each)) };
}

/** ISO/IEC 15948: 8 bits a pixel out of a palette, no filter. @param {Awaited<ReturnType<typeof palette>>} of */
function png({ width, height, colours, rows }) {
  const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 0, 0]);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  const lines = Array.from({ length: height }, (_, y) => [0, ...rows.slice(y * width, (y + 1) * width)]);
  const chunks = [["IHDR", head], ["PLTE", colours], ["IDAT", deflateSync(Buffer.from(lines.flat()), { level: 9 })], ["IEND", []]];
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...chunks.map(([name, data]) => {
    const body = Buffer.concat([Buffer.from(/** @type {string} */ (name)), Buffer.from(/** @type {Buffer} */ (data))]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(body.length - 4);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  })]);
}
