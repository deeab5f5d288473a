// For tests/press/test_amount_pages.py: answers on standard output what the calculator of a page
// says to fields as they were filled in: the page's own module with the page's own figures.

import { readFileSync } from "node:fs";

import { answerFor } from "../../site/assets/js/amount_form.js";

/** @type {{files: Record<string, BenefitsFile>, cases: {benefit: string, today: string, fields: any[]}[]}} */
const { files, cases } = JSON.parse(readFileSync(0, "utf8"));
const answers = cases.map(({ benefit, today, fields }) => {
  const file = files[benefit];
  if (!file) throw new Error(`no page of ${benefit}`);
  return answerFor(file, benefit, fields, today);
});
process.stdout.write(JSON.stringify(answers));
