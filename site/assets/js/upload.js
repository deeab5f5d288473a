// Attachments: checked here, sent with a progress that is true, listed by name and size.

import { Unreachable } from "./api.js";

export const MOST_BYTES = 5 * 1024 * 1024;
const TYPES = ["application/pdf", "image/jpeg"];
/** Long side of a photo made smaller: a page of a bank book is still read at it. */
const LONG_SIDE = 2400;

/** @typedef {{status: number, data: any}} Answer */

/** @param {Blob} file */
export const isRightType = (file) => TYPES.includes(file.type);

/**
 * A photo above the limit, made smaller on the device; every other file as it is.
 * @param {File} file
 * @returns {Promise<Blob>}
 */
export async function fitting(file) {
  if (file.type !== "image/jpeg" || file.size <= MOST_BYTES) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONG_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return await new Promise((resolve) => canvas.toBlob((made) => resolve(made ?? file), "image/jpeg", 0.85));
  } catch {
    return file;
  }
}

/**
 * Sends one file. XMLHttpRequest, because fetch() tells nothing of what is under way.
 * @param {Blob} file @param {string} account @param {string} language
 * @param {(percent: number) => void} tell
 * @returns {Promise<Answer>} rejects with Unreachable
 */
export function upload(file, account, language, tell) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/attachments");
    request.responseType = "json";
    request.setRequestHeader("Content-Type", file.type);
    request.setRequestHeader("Accept-Language", language === "en" ? "en" : "ja");
    request.setRequestHeader("Todoke-Account", account);
    request.upload.onprogress = (event) => tell(Math.floor((100 * event.loaded) / (event.total || 1)));
    request.onload = () => resolve({ status: request.status, data: request.response });
    request.onerror = () => reject(new Unreachable("/api/attachments"));
    request.send(file);
  });
}

/** "1.2 MB", "340 KB". @param {number} bytes */
export function sizeWords(bytes) {
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1000))} KB`;
}
