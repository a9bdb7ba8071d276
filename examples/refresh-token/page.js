// The sessions, and what changes them.

/** What the server said last, and when: its clock counts, and how much time has gone by here since. */
let sessions = null;
let heard = 0;

/** Asks for the sessions and shows them, or the form where there are none. Returns what was shown before. */
async function show() {
  const before = sessions;
  const response = await ask("GET", "/me");
  if (response.status === 401) {
    leave();
  } else {
    await enter(await answer(response));
  }
  return before;
}

async function enter(fresh) {
  const devices = await askForDevices();
  // Expired or ended between the server's check and its answer.
  if (!fresh.access || !devices) return leave();
  const before = sessions;
  sessions = fresh;
  heard = performance.now();
  for (const name of ["access", "refresh"]) {
    const session = sessions[name];
    $(name).hidden = !session;
    if (!session) continue;
    field(name, "id").textContent = session.id;
    const isNew = before?.[name] != null && before[name].id !== session.id;
    field(name, "id").classList.toggle("fresh", isNew);
    field(name, "id-label").textContent = isNew ? "New id" : "Id";
    field(name, "sub").textContent = session.data.sub;
    field(name, "scope").textContent = session.data.scope.join(", ");
    for (const [key, seconds] of [["created", session.created_at], ["expires", session.expires_at]]) {
      const date = new Date(seconds * 1000);
      field(name, key).dateTime = date.toISOString();
      field(name, key).textContent = date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
    }
  }
  tick();
  showDevices(devices);
  $("greeting").textContent = `Logged in as ${sessions.access.data.sub}`;
  if ($("inside").hidden) {
    $("login").hidden = $("how").hidden = true;
    $("inside").hidden = false;
    // A screen reader goes on where the page does.
    $("greeting").focus();
  }
}

function leave() {
  sessions = null;
  $("inside").hidden = true;
  $("login").hidden = $("how").hidden = false;
  $("login").reset();
  refuse("problem", "", "username", "password");
  $("username").focus();
}

/** Possible because the signed session's cookie is not HttpOnly. The refresh session's is out of reach here. */
const hasAccessCookie = () => document.cookie.split("; ").some(cookie => cookie.startsWith("access_token="));

/** The countdowns. They are no live region: nobody wants to hear every second. */
function tick() {
  if (!sessions) return;
  const now = sessions.now + (performance.now() - heard) / 1000;
  for (const name of ["access", "refresh"]) {
    const session = sessions[name];
    if (!session) continue;
    const left = Math.max(0, Math.ceil(session.expires_at - now));
    const whole = session.expires_at - session.created_at;
    const deleted = name === "access" && !hasAccessCookie();
    const state = left === 0 ? "Expired" : deleted ? "Cookie deleted" : `${duration(left)} left`;
    if (left === 0 && field(name, "left").textContent !== state) {
      say(name === "access"
        ? "The access session has expired. Check again, and the server renews it from the refresh session."
        : "The refresh session has expired. Log in again.");
    }
    $(name).classList.toggle("gone", left === 0 || deleted);
    field(name, "left").textContent = state;
    field(name, "bar").style.width = `${Math.min(100, 100 * left / whole)}%`;
  }
}

function duration(seconds) {
  const two = number => String(number).padStart(2, "0");
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  const clock = `${two(minutes)}:${two(seconds % 60)}`;
  if (days) return `${days} d ${two(hours)}:${clock}`;
  return hours ? `${hours}:${clock}` : clock;
}

on("login", "submit", async () => {
  const { username, password } = Object.fromEntries(new FormData($("login")));
  const response = await ask("POST", "/login", { username, password });
  if (response.status === 400 || response.status === 403) {
    say("");
    refuse("problem", `${(await response.json()).error}.`, "username", "password");
    $("password").value = "";
    $("password").focus();
  } else {
    await enter(await answer(response));
    say("Logged in: the server made both sessions.");
  }
});

on("view", "click", async () => {
  const before = await show();
  if (!sessions) say("Both sessions have ended. Log in again.");
  else if (before.access.id !== sessions.access.id) {
    say("There was no valid access session, so the server made a new one from the refresh session.");
  } else say("Both sessions are as they were.");
});

on("drop", "click", () => {
  document.cookie = "access_token=; Path=/; Max-Age=0";
  tick();
  say("The access cookie has gone. Check again, and the server renews it from the refresh session.");
});

on("renew", "click", async () => {
  const response = await ask("POST", "/renew");
  if (response.status === 401) {
    await show();
    say("There is no refresh session to renew. Log in again.");
  } else {
    await enter(await answer(response));
    say("Both sessions have a new id and begin anew.");
  }
});

on("logout", "click", async () => {
  const response = await ask("POST", "/logout");
  if (response.status !== 503 && !response.ok) throw new Error(`the server answered ${response.status}`);
  leave();
  say(response.ok
    ? "Logged out: both cookies have gone, and copies of them are refused."
    : "Logged out here. The server cannot write down at the moment that this login has ended, and tries again.");
});

setInterval(tick, 1000);
show().catch(error => say(`The server does not answer: ${error.message}.`));
