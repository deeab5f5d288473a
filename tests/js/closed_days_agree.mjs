// For tests/core/test_closed_days.py: why each day of standard input is closed, and the open days
// on both sides of it.

import { readFileSync } from "node:fs";

import { nextOpen, previousOpen, whyClosed } from "../../site/assets/js/closed_days.js";

/** @type {{days: string[], own: string[]}} */
const { days, own } = JSON.parse(readFileSync(0, "utf8"));
const answers = days.map((day) => [whyClosed(day, own), nextOpen(day, own), previousOpen(day, own)]);
process.stdout.write(JSON.stringify(answers));
