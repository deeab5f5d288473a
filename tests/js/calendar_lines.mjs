// For tests/press/test_calendars.py: how the device escapes and folds the texts of standard input,
// and the file it makes of the entries there.

import { readFileSync } from "node:fs";

import { calendarFile, escaped, folded } from "../../site/assets/js/calendar_file.js";

/** @type {{texts: string[], entries: import("../../site/assets/js/calendar_file.js").CalendarEntry[], name: string, now: number}} */
const { texts, entries, name, now } = JSON.parse(readFileSync(0, "utf8"));
const answers = { texts: texts.map((text) => [escaped(text), folded(text)]), file: calendarFile(entries, { name, now }) };
process.stdout.write(JSON.stringify(answers));
