// A door in front of a city: a browser reaches it through here, every request is noted, and the door can
// be closed, which is what a phone without a network sees.

import { createServer, request as ask } from "node:http";

/** @param {string} address of the city */
export async function openDoor(address) {
  const city = new URL(address);
  const door = createServer((incoming, answer) => {
    made.asked.push(String(incoming.url));
    if (!made.open) return void incoming.socket.destroy();
    /** @type {import("node:http").OutgoingHttpHeaders} */
    const headers = { ...incoming.headers, host: city.host };
    if (headers["origin"]) headers["origin"] = city.origin;
    const onward = ask({ host: "127.0.0.1", port: city.port, path: incoming.url, method: incoming.method, headers }, (found) => {
      answer.writeHead(found.statusCode ?? 502, found.headers);
      found.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    return void incoming.pipe(onward);
  });
  await new Promise((resolve) => void door.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (door.address());
  const made = {
    url: `http://localhost:${port}`,
    /** Every path somebody asked for. @type {string[]} */
    asked: [],
    open: true,
    /** Nobody comes through any more, not even by a connection that stands. */
    shut() {
      made.open = false;
      door.closeAllConnections();
    },
    close() {
      door.close();
      door.closeAllConnections();
    },
  };
  return made;
}
