// Brings the scripts of the site as browsers get them: shortened. What is tested is what is served.
// tests/conftest.py names this file in NODE_OPTIONS and the folder of shortened modules.

import { readFileSync } from "node:fs";
import { register } from "node:module";

register(import.meta.url);

const OURS = /\/site\/assets\/js\/(\w+\.js)$/;

/** A loader's hook. @param {string} url @param {object} context @param {(url: string, context: object) => unknown} next */
export function load(url, context, next) {
  const name = OURS.exec(url)?.[1];
  const folder = process.env.SHORTENED_SCRIPTS;
  if (!name || !folder) return next(url, context);
  return { format: "module", shortCircuit: true, source: readFileSync(`${folder}/${name}`, "utf8") };
}
