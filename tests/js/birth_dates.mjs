// For tests/js/test_check_dates.py: what birth_date.js says to the birthdays on standard input.

import { readFileSync } from "node:fs";

import { readBirth } from "../../site/assets/js/birth_date.js";

/** @type {{today: string, written: import("../../site/assets/js/birth_date.js").Written[]}} */
const { today, written } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(written.map((each) => readBirth(each, today))));
