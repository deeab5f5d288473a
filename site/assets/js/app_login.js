// Back from デジタル認証アプリ. Its provider knows one address of ours, /login.html, so the answer is
// carried on to the page the person left from, in her language, behind "#": no server and no other page
// reads it there, and it leaves the address bar before anything else happens.

/** The person did not go through with it. */
export class AppStopped extends Error {}

/** Where this browser keeps the page that was left. Not the tab: an app may open another one. */
const CAME_FROM = "todoke-app-from";
const MARK = "#todoke-app=";
const LOGIN_PAGE = /^\/(easy\/|en\/)?login\.html(\?|$)/;

/** Right before the page is left. */
export function keepPlace() {
  try {
    localStorage.setItem(CAME_FROM, location.pathname + location.search);
  } catch {
    // a browser that remembers nothing: she comes back to /login.html, and in from there
  }
}

function place() {
  try {
    const kept = localStorage.getItem(CAME_FROM) ?? "";
    localStorage.removeItem(CAME_FROM);
    return LOGIN_PAGE.test(kept) ? kept : "/login.html";
  } catch {
    return "/login.html";
  }
}

/** Whether this is the provider's answer, which goes on where the person left from. */
export function cameFrom() {
  const told = new URLSearchParams(location.search);
  if (!told.has("state") || !(told.has("code") || told.has("error"))) return false;
  location.replace(`${place()}${MARK}${encodeURIComponent(location.search.slice(1))}`);
  return true;
}

/**
 * What the provider answered, once.
 * @returns {Record<string, string> | AppStopped | null}
 */
export function fromApp() {
  if (!location.hash.startsWith(MARK)) return null;
  let carried = "";
  try {
    carried = decodeURIComponent(location.hash.slice(MARK.length));
  } catch {
    return new AppStopped("unreadable");
  } finally {
    history.replaceState(null, "", location.pathname + location.search);
  }
  const told = new URLSearchParams(carried);
  if (told.has("error")) return new AppStopped("stopped");
  /** @type {Record<string, string>} */
  const answer = {};
  for (const name of ["state", "code", "iss"]) {
    const value = told.get(name);
    if (value !== null) answer[name] = value;
  }
  return answer;
}
