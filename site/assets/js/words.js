// Sentences of this page's language, fetched once: the same locale files as the pages.

/** @type {Promise<Words> | null} */
let loading = null;

/** base and reading as the press writes them into the sentences of やさしい日本語; in those of a
 * reference language the reading is "ja", and the base is Japanese */
const RUBY = /\[([^[\]|]+)\|([^[\]|]+)\]/g;

/**
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

/**
 * @param {string} base
 * @param {string} reading
 */
function ruby(base, reading) {
  if (reading === "ja") return Object.assign(document.createElement("span"), { lang: reading, textContent: base });
  const element = document.createElement("ruby");
  const above = document.createElement("rt");
  above.textContent = reading;
  element.append(base, above);
  return element;
}

/**
 * A text with furigana, [漢字|かんじ], which its values may have too, as nodes; with one at least, in one element: in a row of a
 * flex box (a button, a label) each ruby would stand by itself.
 * @param {string} text
 * @param {Record<string, string | number>} [values]
 * @returns {DocumentFragment}
 */
export function spell(text, values = {}) {
  const spelled = document.createDocumentFragment();
  // split gives text, base, reading, text, base, reading, …, text
  const parts = fill(text, values).split(RUBY);
  for (let at = 0; at < parts.length; at += 3) {
    spelled.append(parts[at] ?? "");
    const [base, reading] = [parts[at + 1], parts[at + 2]];
    if (base !== undefined && reading !== undefined) spelled.append(ruby(base, reading));
  }
  if (parts.length === 1) return spelled;
  const whole = document.createElement("span");
  whole.append(spelled);
  spelled.append(whole);
  return spelled;
}

/** Sentences by dotted name, with {parameters}. */
export class Words {
  /**
   * @param {Record<string, string>} sentences
   * @param {Language} language
   */
  constructor(sentences, language) {
    this.sentences = sentences;
    this.language = language;
  }

  /**
   * The sentence as plain text; furigana are left out.
   * @param {string} name
   * @param {Record<string, string | number>} [values]
   * @returns {string} the name itself when no sentence has it (a defect a test looks for)
   */
  say(name, values = {}) {
    return fill(this.sentences[name] ?? name, values).replace(RUBY, "$1");
  }

  /**
   * The sentence as nodes, with furigana where the city's easy Japanese has them.
   * @param {string} name
   * @param {Record<string, string | number>} [values]
   * @returns {DocumentFragment}
   */
  speak(name, values = {}) {
    return spell(this.sentences[name] ?? name, values);
  }

  /**
   * The words of a text in this language, and the language they are really in.
   * @param {Texts | undefined} texts
   * @returns {{text: string, lang: "ja" | "en"}}
   */
  pick(texts) {
    const order = { ja: ["ja"], easy: ["easy", "ja"], en: ["en", "easy", "ja"] }[this.language];
    const found = order.find((each) => /** @type {any} */ (texts)?.[each]);
    const text = found ? /** @type {any} */ (texts)[found] : "";
    return { text, lang: found === "en" ? "en" : "ja" };
  }
}

/** @returns {string} whose questions and dates it shows: also those of a reference language */
export const pageTongue = () => document.documentElement.dataset.tongue ?? pageLanguage();

/** @returns {Language} the language of this page, in which the city writes */
export function pageLanguage() {
  const language = document.documentElement.dataset.language;
  return language === "easy" || language === "en" ? language : "ja";
}

/**
 * @returns {Promise<Words>} rejects when neither network nor cache has the sentences
 */
export function loadWords() {
  loading ??= fetchWords();
  loading.catch(() => {
    loading = null;
  });
  return loading;
}

async function fetchWords() {
  const answer = await fetch(document.body.dataset.words ?? "", { credentials: "omit" });
  if (!answer.ok) throw new Error(`sentences: ${answer.status}`);
  return new Words(await answer.json(), pageLanguage());
}
