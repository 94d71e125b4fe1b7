// Passkeys: hands the server's options to the browser, and the browser's answer back by an ordinary form.

const isThere = Boolean(window.PublicKeyCredential && navigator.credentials);

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  let plain = "";
  for (const byte of new Uint8Array(buffer)) plain += String.fromCharCode(byte);
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const withBytes = (keys) => (keys ?? []).map((key) => ({ ...key, id: bytes(key.id) }));

async function create(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: withBytes(options.excludeCredentials),
    },
  });
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: {
      attestationObject: text(made.response.attestationObject),
      clientDataJSON: text(made.response.clientDataJSON),
      transports: made.response.getTransports?.() ?? [],
    },
    extensions: JSON.stringify(made.getClientExtensionResults()),
  };
}

async function get(options) {
  const used = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: withBytes(options.allowCredentials),
    },
  });
  const { authenticatorData, clientDataJSON, signature, userHandle } = used.response;
  return {
    id: used.id,
    rawId: text(used.rawId),
    type: used.type,
    response: {
      authenticatorData: text(authenticatorData),
      clientDataJSON: text(clientDataJSON),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null,
    },
  };
}

// Begins by itself; where a browser wants a press of a button first, or the person called it off, there is one.
function offer(form) {
  const error = form.querySelector("[data-passkey-error]");
  const ask = form.dataset.passkey === "create" ? create : get;
  let isAsking = false;
  async function begin() {
    if (isAsking) return;
    isAsking = true;
    error.hidden = true;
    try {
      form.elements.credential.value = JSON.stringify(await ask(JSON.parse(form.dataset.options)));
      form.submit();
    } catch {
      error.hidden = false;
    }
    isAsking = false;
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation(); // the page would take a second press for a second sending
    begin();
  });
  begin();
}

for (const part of document.querySelectorAll("[data-needs-passkeys]")) part.hidden = !isThere;
for (const part of document.querySelectorAll("[data-without-passkeys]")) part.hidden = isThere;
if (isThere) document.querySelectorAll("form[data-passkey]").forEach(offer);
