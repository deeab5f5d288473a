// Files of the page with one question at a time: chosen, judged, sent, listed, taken off.

import { questionsOf } from "./form_check.js";
import { showFiles } from "./review.js";
import { fitting, isRightType, MOST_BYTES, sizeWords, upload } from "./upload.js";
import { loginUrl } from "./session.js";
import { whoNow } from "./sending.js";
import { byId, fillWith, make } from "./elements.js";

/**
 * @typedef {object} Page what this part asks of the page
 * @property {() => import("./draft.js").Draft} draft
 * @property {() => import("./words.js").Words} words
 * @property {() => Promise<void>} save
 * @property {(path: string, sentence: Node) => void} wrong
 * @property {() => void} clear
 */

/** @param {Page} page */
export function attachFiles(page) {
  let underway = 0;

  /** @param {FormQuestion} question */
  function list(question) {
    showFiles(question.id, page.draft(), page.words(), (id) => void remove(question, id), { size: sizeWords });
  }

  /** @param {FormQuestion} question @param {string} id */
  async function remove(question, id) {
    const draft = page.draft();
    const name = draft.files.find((each) => each.id === id)?.name ?? "";
    draft.files = draft.files.filter((each) => each.id !== id);
    await page.save();
    list(question);
    fillWith(byId("told"), page.words().speak("apply.removed", { name }));
    byId(`f-${question.id}`).focus();
  }

  /** @param {FormQuestion} question @param {File[]} files */
  async function take(question, files) {
    page.clear();
    const who = await whoNow();
    if (!who?.linked) return page.wrong(question.id, askToLogIn());
    page.draft().account ??= who.account;
    for (const file of files) {
      const refused = await takeOne(question, file, who.account);
      if (refused) return page.wrong(question.id, refused);
    }
  }

  function askToLogIn() {
    const told = document.createDocumentFragment();
    const link = make("a", { href: loginUrl(location.pathname + location.hash) }, page.words().speak("apply.login"));
    told.append(page.words().speak("apply.file_login"), " ", link);
    return told;
  }

  /** @param {FormQuestion} question @param {File} file @param {string} account @returns {Promise<Node | null>} why not */
  async function takeOne(question, file, account) {
    const [words, most] = [page.words(), question.most ?? 1];
    if (page.draft().files.filter((each) => each.question === question.id).length >= most) return words.speak("apply.file_many", { count: most });
    if (!isRightType(file)) return words.speak("apply.file_type");
    const body = await fitting(file);
    if (body.size > MOST_BYTES) return words.speak("apply.file_big");
    underway += 1;
    const tell = progressRow(question, file.name);
    try {
      const answer = await upload(body, account, words.language, tell);
      if (answer.status === 401) return askToLogIn();
      if (answer.status !== 201) return document.createTextNode(answer.data?.message ?? words.say("apply.file_lost"));
      const { id, size, pages } = answer.data;
      page.draft().files.push({ question: question.id, id, name: file.name, size, pages });
      await page.save();
      fillWith(byId("told"), words.speak("apply.file_added", { name: file.name }));
      return null;
    } catch {
      return words.speak("apply.file_lost");
    } finally {
      underway -= 1;
      list(question);
    }
  }

  /** @param {FormQuestion} question @param {string} name @returns {(percent: number) => void} */
  function progressRow(question, name) {
    const words = page.words();
    const line = /** @type {HTMLProgressElement} */ (make("progress", { max: "100", value: "0", "aria-label": name }));
    const told = make("span.muted.small", words.speak("apply.file_sending", { percent: 0 }));
    const place = document.querySelector(`#q-${question.id} [data-files]`);
    place?.append(make("div.stack-s", make("p", name, " ", told), line));
    return (percent) => {
      line.value = percent;
      fillWith(told, percent >= 100 ? words.speak("apply.file_checking") : words.speak("apply.file_sending", { percent }));
    };
  }

  return {
    busy: () => underway > 0,
    /** @param {FormFile} form */
    listen(form) {
      for (const question of questionsOf(form).filter((each) => each.kind === "file")) {
        list(question);
        const input = byId(`f-${question.id}`);
        input.addEventListener("change", () => {
          if (!(input instanceof HTMLInputElement)) return;
          const files = [...(input.files ?? [])];
          input.value = "";
          void take(question, files);
        });
      }
    },
  };
}
