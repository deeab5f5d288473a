// Passkeys in this browser (WebAuthn level 3): making one and showing one. Binary values travel in
// base64url; what toJSON() of newer browsers does is done here by hand, because older phones lack it.

/** The person closed the browser's own window, or no passkey of this city is on this phone. */
export class PasskeyStopped extends Error {}

/** Whether this browser knows passkeys at all. */
export const passkeysWork = () => typeof PublicKeyCredential === "function" && isSecureContext;

/** @param {string} text */
function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** @param {ArrayBuffer | null} buffer */
function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer ?? new ArrayBuffer(0)));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {{type: "public-key", id: string}[]} known */
const listed = (known) => known.map((each) => ({ ...each, id: bytes(each.id) }));

/**
 * @param {() => Promise<Credential | null>} ask
 * @returns {Promise<PublicKeyCredential>}
 */
async function answered(ask) {
  /** @type {Credential | null} */
  let found;
  try {
    found = await ask();
  } catch (error) {
    // NotAllowedError: stopped, too late, or nothing there; InvalidStateError: this phone has one
    const name = error instanceof DOMException ? error.name : "";
    throw name === "NotAllowedError" || name === "AbortError" ? new PasskeyStopped(name) : error;
  }
  if (!(found instanceof PublicKeyCredential)) throw new PasskeyStopped("none");
  return found;
}

/**
 * Makes a passkey on this device.
 * @param {any} options what the city asks for
 * @returns {Promise<{id: string, clientDataJSON: string, attestationObject: string}>}
 */
export async function makePasskey(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: listed(options.excludeCredentials),
  };
  const made = await answered(() => navigator.credentials.create({ publicKey }));
  const response = /** @type {AuthenticatorAttestationResponse} */ (made.response);
  return {
    id: made.id,
    clientDataJSON: text(response.clientDataJSON),
    attestationObject: text(response.attestationObject),
  };
}

/**
 * Shows a passkey that this device, or a phone beside it, has for this city.
 * @param {any} options what the city asks for
 * @returns {Promise<{id: string, clientDataJSON: string, authenticatorData: string, signature: string, userHandle: string}>}
 */
export async function showPasskey(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: listed(options.allowCredentials) };
  const shown = await answered(() => navigator.credentials.get({ publicKey }));
  const response = /** @type {AuthenticatorAssertionResponse} */ (shown.response);
  return {
    id: shown.id,
    clientDataJSON: text(response.clientDataJSON),
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
    userHandle: text(response.userHandle),
  };
}
