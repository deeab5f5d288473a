// What the timeline needs. The worker (sw.js) keeps it as well for who came by the questions, so that a
// waiting room without a network does.

/**
 * words: sentences. names: of vaccines, check-ups and papers, in the language of the page. rules:
 * timeline.json, see js/doses.js. deadlines: deadlines.json. paths: of the procedure that a thing belongs to. abouts: how a paper's days are counted.
 * @typedef {{words: Record<string, string>, names: Record<string, string>, rules: TimelineFile, deadlines: DeadlinesFile, paths: Record<string, string>, abouts: Record<string, string>,
 *   notes: string[], vaccine_notes: Record<string, Record<string, string>>, as_of: string, sources: {title: string, url: string}[]}} PageFile
 */

/** @param {string} language @returns {Promise<PageFile>} the newest that can be had; rejects without network and kept copy */
export async function loadTimeline(language) {
  const address = `/timeline/${language}.json`;
  const answer = await fetch(address, { credentials: "omit" });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}
