// "Your devices": the list of logins, and the password that ending one of them needs.

/** The user's logins; `null` where there is no session any more. */
async function askForDevices() {
  const response = await ask("GET", "/devices");
  return response.status === 401 ? null : answer(response);
}

function showDevices(devices) {
  $("device-list").replaceChildren(...devices.map(row));
  $("end-others").hidden = devices.length < 2;
}

function row(device) {
  const when = seconds =>
    new Date(seconds * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  const item = document.createElement("li");
  // As text: a client can call itself what it likes, and so name markup.
  const name = item.appendChild(document.createElement("strong"));
  name.textContent = device.label;
  const since = item.appendChild(document.createElement("span"));
  since.className = "note";
  since.textContent = `Signed in ${when(device.began)}`
    + (device.renewed > device.began ? `, last renewed ${when(device.renewed)}` : "");
  if (device.is_this) {
    const badge = document.createElement("em");
    badge.textContent = "this device";
    name.append(" ", badge);
  } else {
    const button = item.appendChild(document.createElement("button"));
    button.textContent = "End";
    button.ariaLabel = `End ${device.label}, signed in ${when(device.began)}`;
    button.dataset.end = device.id;
    button.dataset.label = device.label;
  }
  return item;
}

/** What goes on after the password was entered again (`true`), or was not (`false`). */
let decided = null;

/** Shows the form for the password, and waits for what becomes of it. */
function askForPassword() {
  $("again").reset();
  refuse("again-problem", "", "again-password");
  $("again-user").value = sessions.refresh.data.sub;
  $("again-dialog").showModal();
  return new Promise(resolve => { decided = resolve; });
}

/**
 * Sends a request that only a fresh login may send: RFC 9470's challenge asks for the password, and after it the
 * request is repeated. Returns `null` if the user does not enter it.
 */
async function askFresh(method, path) {
  const response = await ask(method, path);
  const challenge = response.headers.get("www-authenticate") ?? "";
  if (response.status !== 401 || !challenge.includes("insufficient_user_authentication")) return response;
  return await askForPassword() ? ask(method, path) : null;
}

async function end(path, done) {
  const response = await askFresh("POST", path);
  if (!response) return say("Nothing was ended.");
  if (![204, 401, 404].includes(response.status)) throw new Error(`the server answered ${response.status}`);
  await show();
  if (!sessions) return say("This login has ended. Log in again.");
  say(response.status === 204 ? done : "That login had ended already.");
  // The button that had the focus may have gone.
  $("devices-title").focus();
}

on("device-list", "click", event => {
  const { end: id, label } = event.target.dataset;
  return id && end(`/devices/${id}/end`, `Ended ${label}: its cookies, and copies of them, are refused.`);
});

on("end-others", "click", () => end("/devices/end-others", "Ended all other devices."));

on("again", "submit", async () => {
  const response = await ask("POST", "/reauthenticate", { password: $("again-password").value });
  // 401: the login has ended meanwhile, which the request that waits is told as well.
  if (!response.ok && response.status !== 401) {
    const { error } = await response.json().catch(() => ({}));
    refuse("again-problem", `${error ?? `The server answered ${response.status}`}.`, "again-password");
    $("again-password").value = "";
    $("again-password").focus();
    return;
  }
  decided(true);
  $("again-dialog").close();
});

on("cancel", "click", () => $("again-dialog").close());

// Also by the Escape key. What was decided before stays.
$("again-dialog").addEventListener("close", () => decided(false));
