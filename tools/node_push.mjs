// The peer of push.send_vs_node: the library web-push with an agent that keeps its connections.
// node tools/node_push.mjs PORT CA.pem COUNT PLAINTEXT_BYTES P256DH AUTH  ->  messages per core-second
import https from 'node:https'
import { readFileSync } from 'node:fs'
import webpush from 'web-push'

const [port, ca, count, bytes, p256dh, auth] = process.argv.slice(2)
/** sockets at once: more do not make it quicker */
const LINES = 8
const agent = new https.Agent({ keepAlive: true, maxSockets: LINES, ca: readFileSync(ca) })
const keys = webpush.generateVAPIDKeys()
const subscription = { endpoint: `https://localhost:${port}/m/${'x'.repeat(150)}`, keys: { p256dh, auth } }
const text = Buffer.alloc(Number(bytes), 120)
// signed once, as we do: the library signs each time, so its own headers are made beforehand
const { headers } = webpush.generateRequestDetails(subscription, text, {
  vapidDetails: { subject: 'mailto:push@city.example', ...keys },
  TTL: 600,
})

/** @param {number} times */
async function send(times) {
  let left = times
  await Promise.all(
    Array.from({ length: LINES }, async () => {
      while (left-- > 0) {
        const answer = await webpush.sendNotification(subscription, text, {
          TTL: 600,
          agent,
          headers: { Authorization: headers.Authorization },
        })
        if (answer.statusCode !== 201) throw new Error(String(answer.statusCode))
      }
    }),
  )
}

await send(50)
const before = process.cpuUsage()
await send(Number(count))
const { user, system } = process.cpuUsage(before)
console.log((Number(count) / ((user + system) / 1e6)).toFixed(3))
agent.destroy()
