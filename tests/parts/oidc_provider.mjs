// The certified OpenID Connect provider of npm (oidc-provider), set up as デジタル認証アプリ is described:
// code flow only, PKCE, ES256, private_key_jwt, pairwise subjects, and an acr that says how somebody
// proved herself. node tests/parts/oidc_provider.mjs < job.json, then one line on standard output: ready

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import Provider from "oidc-provider";

/** @type {{port: number, client: string, back: string, jwks: object, acr: string[]}} */
const job = JSON.parse(readFileSync(0, "utf8"));
const issuer = `http://127.0.0.1:${job.port}`;
const own = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });

const provider = new Provider(issuer, {
  clients: [{
    client_id: job.client,
    redirect_uris: [job.back],
    response_types: ["code"],
    grant_types: ["authorization_code"],
    subject_type: "pairwise",
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: "ES256",
    id_token_signed_response_alg: "ES256",
    jwks: /** @type {any} */ (job.jwks),
  }],
  jwks: { keys: [{ ...own, use: "sig", alg: "ES256", kid: "provider-1" }] },
  cookies: { keys: [randomBytes(32).toString("hex")] },
  pairwiseIdentifier: async (_context, account) => `pairwise-${account}-at-the-city`,
  findAccount: async (_context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  acrValues: ["aal1", "aal2", "aal3"],
  claims: { openid: ["sub"], acr: null, auth_time: null },
  subjectTypes: ["pairwise"],
  responseTypes: ["code"],
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  enabledJWA: { idTokenSigningAlgValues: ["ES256"], clientAuthSigningAlgValues: ["ES256"] },
  clientAuthMethods: ["private_key_jwt"],
  interactions: { url: async (_context, interaction) => `/interaction/${interaction.uid}` },
});

const FORM = (/** @type {string} */ acr) =>
  `<form method="post"><input type="hidden" name="acr" value="${acr}"><button id="${acr}">${acr}</button></form>`;

/** The provider's page: who she is, and how well she shows it. @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
async function interaction(request, response) {
  const { prompt, params, grantId, session } = await provider.interactionDetails(request, response);
  if (request.method === "GET") {
    const forms = prompt.name === "login" ? job.acr.map(FORM).join("") : FORM("agree");
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(`<!DOCTYPE html><html lang="ja"><title>見本の認証アプリ</title><body><h1>${prompt.name}</h1>${forms}
<form method="post"><input type="hidden" name="acr" value="stop"><button id="stop">やめる</button></form></body></html>`);
    return;
  }
  let body = "";
  for await (const part of request) body += part;
  const acr = new URLSearchParams(body).get("acr") ?? "";
  if (acr === "stop") {
    return provider.interactionFinished(request, response, { error: "access_denied" });
  }
  if (prompt.name === "login") {
    const login = { accountId: "somebody-made-up", acr, ts: Math.floor(Date.now() / 1000) };
    return provider.interactionFinished(request, response, { login });
  }
  const grant = (grantId && (await provider.Grant.find(grantId)))
    || new provider.Grant({ accountId: String(session?.accountId), clientId: String(params["client_id"]) });
  grant.addOIDCScope("openid");
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

const answer = provider.callback();
const server = createServer((request, response) => {
  if (!request.url?.startsWith("/interaction/")) return void answer(request, response);
  interaction(request, response).catch((error) => {
    response.statusCode = 500;
    response.end(String(error));
  });
});
server.listen(job.port, "127.0.0.1", () => process.stdout.write("ready\n"));
