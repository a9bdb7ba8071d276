// The neighbour: sessions of npm `unjwt` behind h3, one for each path, set up by the test that asks for it.
//
//   PUT    /<id>          the session's family (`jwe`, `jws`, or `h3` for h3's own) and its configuration
//   GET    /<id>          reads
//   PATCH  /<id>          merges the JSON body into the data
//   POST   /<id>/rotate   a new token of the same data
//   POST   /<id>/begin    a session of the JSON body alone: whatever the data held before is dropped
//   DELETE /<id>          ends it
//
// The header `x-ahead` puts the clock of one request ahead, by seconds.
import { H3, HTTPError, serve, useSession } from "h3";
import { generateJWK, useJWESession, useJWSSession } from "unjwt/adapters/h3v2";

const FAMILIES = {
  jwe: { use: useJWESession, options: "jwe", write: "encryptOptions", read: "decryptOptions", lookup: "onUnsealKeyLookup" },
  jws: { use: useJWSSession, options: "jws", write: "signOptions", read: "verifyOptions", lookup: "onVerifyKeyLookup" },
};

const configured = new Map();

/** The session of this request, and what its hooks told. */
async function open(event) {
  const found = configured.get(event.context.params.id);
  if (!found) throw new HTTPError({ status: 404 });
  const { family: name, config, lookup } = found;
  // h3's own sessions, which have no hooks.
  if (name === "h3") return { session: await useSession(event, config), told: [] };
  const family = FAMILIES[name];
  const told = [];
  const hooks = {
    onExpire: () => void told.push("expired"),
    onError: ({ error }) => void told.push("rejected", error.message),
  };
  if (lookup) hooks[family.lookup] = () => lookup;
  const currentDate = new Date(Date.now() + 1000 * Number(event.req.headers.get("x-ahead") ?? 0));
  const options = config[family.options];
  const session = await family.use(event, {
    ...config,
    hooks,
    [family.options]: {
      [family.write]: { ...options?.[family.write], currentDate },
      [family.read]: { ...options?.[family.read], currentDate },
    },
  });
  return { session, told };
}

/** What is now, in the words that both neighbours use; times are seconds since 1970. */
function report({ session, told }) {
  if (session.id === undefined) return { status: told[0] ?? "absent", reason: told[1] };
  return {
    status: "valid",
    id: session.id,
    created_at: session.createdAt / 1000,
    expires_at: session.expiresAt === undefined ? null : session.expiresAt / 1000,
    data: session.data,
    token: session.token,
  };
}

const app = new H3();

// A key as `generateJWK` makes it.
app.post("/key", async (event) => {
  const { alg, options } = await event.req.json();
  return generateJWK(alg, options);
});

app.put("/:id", async (event) => {
  configured.set(event.context.params.id, await event.req.json());
  return {};
});

app.get("/:id", async (event) => report(await open(event)));

app.patch("/:id", async (event) => {
  const opened = await open(event);
  await opened.session.update(await event.req.json());
  return report(opened);
});

app.post("/:id/rotate", async (event) => {
  const opened = await open(event);
  await opened.session.update();
  return report(opened);
});

app.post("/:id/begin", async (event) => {
  const opened = await open(event);
  const body = await event.req.json();
  // What is `undefined` is not written.
  await opened.session.update((data) => ({ ...Object.fromEntries(Object.keys(data).map((name) => [name, undefined])), ...body }));
  return report(opened);
});

app.delete("/:id", async (event) => {
  const opened = await open(event);
  await opened.session.clear();
  return report(opened);
});

/** Listens on a port that the system chooses. */
async function listen(node) {
  const server = serve(app, { hostname: "127.0.0.1", port: 0, silent: true, gracefulShutdown: false, node });
  await server.ready();
  return server.url.replace(/\/$/, "");
}

// Node refuses more than 16 KiB of headers unless told otherwise, and the cookies of 12 KB of data are more.
const url = await listen({ maxHeaderSize: 65_536 });
const usual = await listen({});
console.log(JSON.stringify({ url, usual, node: process.version }));

// Whoever started this is gone when stdin ends.
process.stdin.on("end", () => process.exit(0)).resume();
