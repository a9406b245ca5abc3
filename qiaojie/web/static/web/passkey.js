// Security keys and passkeys: asks the server what to ask, asks the key, and sends its answer with the form.
(() => {
  "use strict";
  if (!window.PublicKeyCredential) return;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const keys = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const ask = {
    create: (o) => navigator.credentials.create({ publicKey: { ...o, challenge: bytes(o.challenge), user: { ...o.user, id: bytes(o.user.id) }, excludeCredentials: keys(o.excludeCredentials) } }),
    get: (o) => navigator.credentials.get({ publicKey: { ...o, challenge: bytes(o.challenge), allowCredentials: keys(o.allowCredentials) } }),
  };

  const answer = (made) => {
    const said = { clientDataJSON: text(made.response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[name]) said[name] = text(made.response[name]);
    }
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response: said, clientExtensionResults: {} });
  };

  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      if (form.elements.answer.value) return;
      event.preventDefault();
      const fault = form.querySelector("[role=alert]");
      fault.hidden = true;
      try {
        const token = form.elements.csrfmiddlewaretoken.value;
        const asked = await fetch(form.dataset.options, { method: "POST", headers: { "X-CSRFToken": token } });
        if (!asked.ok) throw new Error(String(asked.status));
        form.elements.answer.value = answer(await ask[form.dataset.passkey](await asked.json()));
        form.submit();
      } catch {
        fault.hidden = false;
      }
    });
  });
})();
