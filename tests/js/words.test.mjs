import assert from "node:assert/strict";
import { test } from "node:test";

import { schoolYearOf } from "../../site/assets/js/choices.js";
import { cameWords, dayWords, daysUntil, era, inJapan } from "../../site/assets/js/dates.js";
import { monthWords } from "../../site/assets/js/shelf.js";
import { Words } from "../../site/assets/js/words.js";
import { NOW } from "./samples.mjs";

const SENTENCES = { "date.today": "今日 {time}", "date.yesterday": "きのう {time}", found: "[件|けん]数 {count}" };
const ja = new Words(SENTENCES, "ja");
const en = new Words({ "date.today": "Today {time}" }, "en");
/** @param {string} text */
const at = (text) => Date.parse(text);

test("days are the days of Japan, wherever the phone is", () => {
  assert.deepEqual(inJapan(at("2026-11-23T15:00:00Z")).day, 24);
  assert.equal(daysUntil(at("2026-11-24T15:30:00Z"), NOW), 1);
  assert.equal(daysUntil(at("2026-11-24T00:00:00+09:00"), NOW), 0);
});

test("today and yesterday come with the time, earlier days with the weekday", () => {
  assert.equal(cameWords(at("2026-11-24T09:05:00+09:00"), NOW, ja), "今日 9:05");
  assert.equal(cameWords(at("2026-11-23T23:59:00+09:00"), NOW, ja), "きのう 23:59");
  assert.equal(cameWords(at("2026-11-20T09:00:00+09:00"), NOW, ja), "11月20日(金)");
  assert.equal(cameWords(at("2026-11-19T16:00:00Z"), NOW, ja), "11月20日(金)");
  assert.equal(cameWords(at("2026-11-24T09:05:00+09:00"), NOW, en), "Today 9:05");
});

test("another year is written", () => {
  assert.equal(dayWords(at("2027-01-05T09:00:00+09:00"), NOW, ja), "2027年(令和9年)1月5日(火)");
  assert.equal(dayWords(at("2027-01-05T09:00:00+09:00"), NOW, en), "Tue 5 Jan 2027");
  assert.equal(monthWords(NOW, ja), "2026年(令和8年)11月");
  assert.equal(monthWords(NOW, en), "Nov 2026");
});

test("the era stands beside the year, by its borders, wherever the phone is", () => {
  const spelled = new Words({ 令和: "[令和|れいわ]" }, "easy");
  const there = process.env.TZ;
  for (const zone of ["Asia/Tokyo", "America/New_York"]) {
    process.env.TZ = zone;
    assert.equal(era("2019-04-30", ja), "平成31年"); // 元号法: 令和 began on 1 May 2019
    assert.equal(era("2019-05-01", ja), "令和元年");
    assert.equal(era("2019-05", ja), "令和元年");
    assert.equal(era("1989-01-07", ja), "昭和64年");
    assert.equal(era("1989-01-08", ja), "平成元年");
    assert.equal(era("2026-11-30", spelled), "[令和|れいわ]8年");
  }
  if (there) process.env.TZ = there;
  else delete process.env.TZ;
});

test("in a reference language a day is figures alone, the day in Japan", () => {
  const vi = new Words({ "date.today": "Hôm nay {time}", "date.day": "{iso}" }, "easy");
  assert.equal(dayWords(at("2027-01-05T00:30:00+09:00"), NOW, vi), "2027-01-05");
  assert.equal(cameWords(at("2026-11-20T09:00:00+09:00"), NOW, vi), "2026-11-20");
  assert.equal(cameWords(at("2026-11-24T09:05:00+09:00"), NOW, vi), "Hôm nay 9:05");
  assert.equal(monthWords(at("2026-01-31T23:00:00Z"), vi), "2026-02");
});

test("the school year begins on the first of April in Japan", () => {
  assert.equal(schoolYearOf(at("2027-03-31T23:59:59+09:00")), 2026);
  assert.equal(schoolYearOf(at("2027-03-31T15:00:00Z")), 2027);
});

test("a sentence is filled in, and its furigana left out of plain text", () => {
  assert.equal(ja.say("found", { count: 3 }), "件数 3");
  assert.equal(ja.say("not.there"), "not.there");
  assert.equal(new Words({ x: "Trợ cấp [児童手当|ja] {n}" }, "easy").say("x", { n: 1 }), "Trợ cấp 児童手当 1");
  assert.equal(new Words({ day: "{year}年({era})" }, "easy").say("day", { year: 2026, era: "[令和|れいわ]8年" }), "2026年(令和8年)");
  assert.equal(new Words({ x: "{a} {b}" }, "ja").say("x", { a: "{b}" }), "{b} {b}");
});

test("a text is taken in the language or the next best, which is named", () => {
  const texts = { ja: "和", easy: "やさしい" };
  assert.deepEqual(en.pick(texts), { text: "やさしい", lang: "ja" });
  assert.deepEqual(en.pick({ ja: "和", en: "English" }), { text: "English", lang: "en" });
  assert.deepEqual(ja.pick(texts), { text: "和", lang: "ja" });
});
