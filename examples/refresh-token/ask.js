// Requests, and what is said of them. The other scripts use these functions.

const $ = id => document.getElementById(id);
const field = (name, key) => $(name).querySelector(`[data-show=${key}]`);
const say = text => { $("status").textContent = text; };

/** Sends a request; the browser adds the cookies, and keeps those that come back. */
async function ask(method, path, body) {
  document.body.ariaBusy = "true";
  try {
    return await fetch(path, {
      method,
      cache: "no-store",
      headers: body && { "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
  } finally {
    document.body.ariaBusy = "false";
  }
}

async function answer(response) {
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response.json();
}

/** Says at a form why it was refused; nothing, when there is no problem. */
function refuse(id, problem, ...inputs) {
  $(id).textContent = problem;
  for (const input of inputs) $(input).ariaInvalid = problem ? "true" : null;
}

/** Runs one thing at a time, and says so when it fails. */
function on(id, event, act) {
  $(id).addEventListener(event, async happened => {
    happened.preventDefault();
    if (document.body.ariaBusy === "true") return;
    try {
      await act(happened);
    } catch (error) {
      say(`That did not work: ${error.message}.`);
    }
    // The answer to a button is near it.
    if ($(id).closest(".actions, #devices")) $("status").scrollIntoView({ block: "nearest" });
  });
}
