// Lets a device answer for its owner: a form with data-passkey asks the server for a question, the device answers it, and the form is sent with
// the answer. Without this script, or in a browser that cannot, such forms stay hidden, and a password does.
"use strict";
const can = globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON && globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON;
async function answer(form) {
  const asked = await fetch(form.action + "/begin", { method: "POST", body: new URLSearchParams(new FormData(form)) });
  const says = await asked.json();
  if (!asked.ok) throw new Error(says.problem);
  const device = navigator.credentials;
  return form.dataset.passkey === "new"
    ? device.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(says) })
    : device.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(says) });
}
for (const form of can ? document.querySelectorAll("form[data-passkey]") : []) {
  form.closest("[data-with-passkeys]").hidden = false;
  const problem = form.querySelector("[role=alert]");
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    problem.textContent = "";
    try {
      const credential = await answer(form);
      form.elements.namedItem("credential").value = JSON.stringify(credential.toJSON());
      const current = form.elements.namedItem("current");
      if (current) current.value = ""; // it was looked at already
      form.submit();
    } catch (error) {
      problem.textContent = error instanceof DOMException
        ? (error.name === "InvalidStateError" ? "This device has a passkey for you already." : "Nothing was done: the device was not unlocked in time, or has no passkey for this address.")
        : error.message || "The server does not answer. Try again.";
      button.disabled = false;
    }
  });
}
