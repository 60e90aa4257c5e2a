// Asks the browser for a passkey, or to make one, and sends what it answers as a form.
(() => {
  const form = document.getElementById("passkey-form");
  if (!form || !window.PublicKeyCredential || !navigator.credentials) return;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => buffer && btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const options = JSON.parse(form.dataset.options);
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const each of [...options.allowCredentials || [], ...options.excludeCredentials || []]) each.id = bytes(each.id);
  const problem = document.getElementById("passkey-problem");
  const answer = ({id, rawId, type, response: r}) => JSON.stringify({
    id, rawId: text(rawId), type, clientExtensionResults: {}, response: {
      clientDataJSON: text(r.clientDataJSON), attestationObject: text(r.attestationObject),
      authenticatorData: text(r.authenticatorData), signature: text(r.signature), userHandle: text(r.userHandle),
      transports: r.getTransports ? r.getTransports() : undefined,
    },
  });
  let before = new AbortController();
  const ask = async (mediation) => {
    before.abort();
    const now = before = new AbortController();
    problem.hidden = true;
    try {
      const how = {publicKey: options, signal: now.signal, mediation};
      const made = await (form.dataset.ceremony === "create" ? navigator.credentials.create(how) : navigator.credentials.get(how));
      form.elements.credential.value = answer(made);
      form.submit();
    } catch (failure) {
      if (now === before && mediation !== "conditional") problem.hidden = false;
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.reportValidity()) ask();
  });
  form.hidden = false;
  const without = document.getElementById("passkey-none");
  if (without) without.hidden = true;
  const offers = PublicKeyCredential.isConditionalMediationAvailable;
  if (form.dataset.offered && offers) {
    offers.call(PublicKeyCredential).then((can) => { if (can && !before.signal.aborted) ask("conditional"); });
  }
})();
