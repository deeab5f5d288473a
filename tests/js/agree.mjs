// For tests/js/test_js.py: answers on standard output whom each notice of standard input is for,
// so that the phone and the server are asked the same questions.

import { readFileSync } from "node:fs";

import { isForThisDevice } from "../../site/assets/js/feeds.js";
import { choices, notice } from "./samples.mjs";

/** @type {{notice: Partial<Notice>, choices: Partial<Choices>}[]} */
const questions = JSON.parse(readFileSync(0, "utf8"));
const answers = questions.map((each) => isForThisDevice(notice(1, each.notice), choices(each.choices)));
process.stdout.write(JSON.stringify(answers));
