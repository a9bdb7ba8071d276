// An identity provider for tests: npm `oidc-provider` on a free port of 127.0.0.1, with a login form of two fields, and
// with what a test needs to know of it and to break in it. It prints one line of JSON, `{ "node", "url" }`, and ends
// when its stdin closes. All paths of the control are below `/control`, with JSON both ways:
//
//   GET    counts           how often each of `jwks` and `discovery` was fetched
//   POST   rotate           new signing keys, which come first; `{ "keep": false }` removes those of before
//   PUT    faults/<what>    how `jwks` or `discovery` answers: `delay` (ms), `status`, `headers`, `body` (text), `bytes` (so
//                           many of `x`); what is not given stays as it is
//   DELETE faults           answers as it should again
//   PATCH  clients/<id>     merges metadata into a client: `redirect_uris`, `backchannel_logout_uri`, ..
//   PATCH  settings         of access tokens: `alg` (RS256, ES256), `ttl` (seconds)
//   POST   sign             `{ "header", "claims" }`, signed with a key of its own: whatever a test needs, as it is
//   POST   id-token         an ID token of `client` for `sub`, with further claims in `claims`
//   GET    sids/<user>      the `sid` of each session in which the user has signed in to `web`, the first one first
//   POST   logout           sends a logout token for `sub` and `sid` to the back channel of `client`
//   POST   reset            everything as it was at the start but for the keys: nobody is signed in, no faults, counts of 0
import { createServer } from "node:http";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { CompactSign, importJWK } from "jose";
import { Provider } from "oidc-provider";

// `node server.mjs http://127.0.0.1:3000` is for the service there. A test sets the addresses of its own later.
const origin = process.argv[2] ?? "http://127.0.0.1:9";
const CLIENTS = {
  // Authorization code with PKCE.
  web: {
    client_id: "web",
    client_secret: "secret-of-web",
    redirect_uris: [`${origin}/callback`],
    post_logout_redirect_uris: [`${origin}/`],
    backchannel_logout_uri: `${origin}/backchannel-logout`,
    grant_types: ["authorization_code"],
    response_types: ["code"],
    // A `sid` in ID tokens and logout tokens.
    backchannel_logout_session_required: true,
  },
  // Access tokens of RFC 9068 for the resource that it names (RFC 8707).
  machine: {
    client_id: "machine",
    client_secret: "secret-of-machine",
    redirect_uris: [],
    grant_types: ["client_credentials"],
    response_types: [],
  },
};
const PATHS = { "/jwks": "jwks", "/.well-known/openid-configuration": "discovery" };

let records, faults, counts, settings;
function reset() {
  records = new Map(Object.entries(CLIENTS).map(([id, client]) => [`Client:${id}`, { ...client }]));
  faults = {};
  counts = { jwks: 0, discovery: 0 };
  settings = { alg: "RS256", ttl: 600 };
}

/** Keeps the records beside the provider, which is made anew with each set of keys. */
class Records {
  constructor(model) {
    this.model = model;
  }
  key(id) {
    return `${this.model}:${id}`;
  }
  async upsert(id, payload) {
    records.set(this.key(id), payload);
  }
  async find(id) {
    return records.get(this.key(id));
  }
  async findByUid(uid) {
    return [...records].find(([key, record]) => key.startsWith(this.key("")) && record.uid === uid)?.[1];
  }
  async consume(id) {
    records.get(this.key(id)).consumed = Math.floor(Date.now() / 1000);
  }
  async destroy(id) {
    records.delete(this.key(id));
  }
  async revokeByGrantId(grantId) {
    for (const [key, record] of records) if (record.grantId === grantId) records.delete(key);
  }
}

const escaped = (text) => String(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
// No icon, so that a browser asks for none, and no fonts or scripts of elsewhere.
const page = (body) => `<!doctype html><title>Provider</title><link rel=icon href="data:,">${body}`;

function configuration(jwks) {
  return {
    adapter: Records,
    jwks,
    cookies: { keys: ["of the tests"] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    // Claims of a scope are in the ID token too, as most providers have it.
    conformIdTokenClaims: false,
    scopes: ["openid", "offline_access", "read", "write"],
    pkce: { required: () => true },
    // The provider sends to addresses of this machine, which its own dispatcher refuses.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, email: `${sub}@example.com`, email_verified: true, name: sub }),
    }),
    // Whoever signs in grants what is asked for.
    async loadExistingGrant(ctx) {
      const { client, session, provider, params } = ctx.oidc;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(params.scope);
      await grant.save();
      return grant;
    },
    interactions: { url: (_, interaction) => `/login/${interaction.uid}` },
    ttl: { Session: 3600, Interaction: 600, Grant: 3600, IdToken: 600, AuthorizationCode: 60, AccessToken: 600 },
    renderError: (ctx, out) => {
      ctx.type = "html";
      ctx.body = page(`<h1>Refused</h1><pre id=error>${escaped(JSON.stringify(out))}</pre>`);
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => ({
          scope: "read write",
          audience: resource,
          accessTokenFormat: "jwt",
          accessTokenTTL: settings.ttl,
          jwt: { sign: { alg: settings.alg } },
        }),
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          const button = "<button form=op.logoutForm name=logout value=yes>Sign out</button>";
          ctx.body = page(`<h1>Sign out?</h1>${form}${button}`);
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = page("<h1>Signed out</h1>");
        },
      },
    },
  };
}

let keys = [];
let provider;
let answer;
function rotate(keep) {
  const made = [
    ["RS256", generateKeyPairSync("rsa", { modulusLength: 2048 })],
    ["ES256", generateKeyPairSync("ec", { namedCurve: "P-256" })],
  ].map(([alg, { privateKey }]) => ({ ...privateKey.export({ format: "jwk" }), alg, use: "sig", kid: randomUUID() }));
  keys = [...made, ...(keep ? keys : [])];
  provider = new Provider(url, configuration({ keys }));
  answer = provider.callback();
  return { kids: keys.map((key) => key.kid) };
}

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

/** The login form, and what it sends. Any password but `wrong` is right. */
async function login(request, response) {
  response.setHeader("content-type", "text/html; charset=utf-8");
  const form = (problem) =>
    page(`<h1>Sign in</h1><p id=problem>${problem}</p><form method=post>
      <input name=user aria-label=User autofocus> <input name=password type=password aria-label=Password>
      <button>Sign in</button></form>`);
  if (request.method !== "POST") return response.end(form(""));
  const { user, password } = Object.fromEntries(new URLSearchParams(await body(request)));
  if (!user || !password || password === "wrong") {
    response.statusCode = 403;
    return response.end(form("Wrong user or password."));
  }
  await provider.interactionFinished(request, response, { login: { accountId: user } });
}

const CONTROL = {
  "GET counts": () => counts,
  "POST rotate": ({ keep = true }) => rotate(keep),
  "PUT faults": (fault, what) => {
    faults[what] = fault;
  },
  "DELETE faults": () => {
    faults = {};
  },
  "PATCH clients": (metadata, id) => Object.assign(records.get(`Client:${id}`), metadata),
  "PATCH settings": (changed) => Object.assign(settings, changed),
  "POST reset": () => reset(),
  async "POST sign"({ header, claims }) {
    const key = keys.find((key) => key.alg === (header.alg ?? "RS256"));
    const signed = new CompactSign(Buffer.from(JSON.stringify(claims)));
    signed.setProtectedHeader({ alg: key.alg, kid: key.kid, ...header });
    return { token: await signed.sign(await importJWK(key)) };
  },
  async "POST id-token"({ client, sub, claims = {} }) {
    const found = await provider.Client.find(client);
    const token = new provider.IdToken({ sub }, { client: found });
    token.scope = "openid";
    for (const [name, value] of Object.entries(claims)) token.set(name, value);
    return { token: await token.issue({ use: "idtoken" }) };
  },
  "GET sids": (_, user) =>
    [...records]
      .filter(([key, record]) => key.startsWith("Session:") && record.accountId === user)
      .map(([, session]) => session.authorizations?.web?.sid)
      .filter(Boolean),
  async "POST logout"({ client, sub, sid }) {
    const found = await provider.Client.find(client);
    try {
      await found.backchannelLogout(sub, sid);
      return { accepted: true };
    } catch (error) {
      return { accepted: false, error: String(error) };
    }
  },
};

async function control(request, response) {
  const [name, ...rest] = request.url.slice("/control/".length).split("/");
  const run = CONTROL[`${request.method} ${name}`];
  const given = await body(request);
  const value = run && ((await run(given ? JSON.parse(given) : {}, ...rest)) ?? {});
  response.writeHead(run ? 200 : 404, { "content-type": "application/json" });
  response.end(JSON.stringify(value ?? {}));
}

async function serve(request, response) {
  if (request.url.startsWith("/control/")) return control(request, response);
  if (request.url.startsWith("/login/")) return login(request, response);
  const what = PATHS[request.url.split("?")[0]];
  const fault = faults[what] ?? {};
  if (what) counts[what] += 1;
  if (fault.delay) await new Promise((resolve) => setTimeout(resolve, fault.delay));
  if (fault.status === undefined && fault.body === undefined && fault.bytes === undefined) {
    return answer(request, response);
  }
  response.writeHead(fault.status ?? 200, { "content-type": "application/json", ...fault.headers });
  response.end(fault.bytes === undefined ? fault.body : Buffer.alloc(fault.bytes, "x"));
}

const server = createServer((request, response) => {
  serve(request, response).catch((error) => {
    console.error(error);
    if (!response.headersSent) response.writeHead(500, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: String(error) }));
  });
});
let url;
reset();
server.listen(0, "127.0.0.1", () => {
  url = `http://127.0.0.1:${server.address().port}`;
  // The provider's warnings go to stderr: stdout has the one line only.
  console.info = console.warn = console.log = console.error;
  rotate(false);
  process.stdout.write(`${JSON.stringify({ node: process.version, url })}\n`);
});
process.stdin.resume().on("end", () => process.exit());
