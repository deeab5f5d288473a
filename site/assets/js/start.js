// On every page: the worker, the number on the door, the newest notices on the first page, and
// the comparison of the subscription with the server.

import { showUnreadCount } from "./door.js";
import { reloadWhenErased } from "./erase.js";
import { showNewest } from "./home.js";
import { compareWithServer, registerWorker } from "./subscription.js";

async function start() {
  reloadWhenErased();
  const newest = document.querySelector("[data-newest]");
  if (newest instanceof HTMLElement) showNewest(newest).catch(() => {});
  showUnreadCount().catch(() => {});
  if (!("serviceWorker" in navigator)) return;
  await registerWorker();
  await compareWithServer();
}

start().catch(() => {
  // a browser without storage or worker still reads every page
});
