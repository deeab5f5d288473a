// The kill switch: published as /sw.js it removes the worker, its saved pages and itself from
// every device at the next visit (browsers ask for /sw.js on each visit and at least once a
// day). Push subscriptions end with it: publish it only when the worker itself does harm.
"use strict";

const retiring = /** @type {WorkerWorld} */ (/** @type {unknown} */ (self));

retiring.addEventListener("install", (event) => event.waitUntil(retiring.skipWaiting()));

retiring.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith("todoke-")) await caches.delete(name);
      }
      // open windows are not reloaded: their page registers /sw.js again, which would be a loop
      await retiring.registration.unregister();
    })(),
  );
});
