// The routes of the Rust servers with h3 and npm `unjwt`. Serves on a free port of 127.0.0.1, which it writes to
// standard output.

import { H3, serve } from "h3";
import { useJWESession, useJWSSession } from "unjwt/adapters/h3v2";
import { generateJWK } from "unjwt/jwk";

const SUB = "a3f81c52";

/** The claims of `Stamped` in `src/claims.rs`; the adapter adds the other three. */
function claims(len) {
  const scopes = "read:profile write:profile read:orders write:orders ";
  const made = { sub: SUB, name: "Ada Lovelace", scope: "", admin: false, visits: 42 };
  const added = ',"jti":"04443da2-8faf-4924-931c-9ca95f036bfb","iat":1795224115,"exp":1795828915';
  const rest = len - JSON.stringify(made).length - added.length;
  made.scope = scopes.repeat(Math.ceil(rest / scopes.length)).slice(0, rest);
  return made;
}

const secret = () => ({
  kty: "oct",
  k: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url"),
});
const signed = (name, key) => ({ use: useJWSSession, config: { name, key, maxAge: "7D" } });
const encrypted = (name, key, cookie) => ({
  use: useJWESession,
  config: { name, key, maxAge: "7D", jwe: { encryptOptions: { enc: "A256GCM" } }, ...(cookie && { cookie }) },
});

const hs256 = signed("hs256", await generateJWK("HS256"));
const sessions = {
  hs256,
  update: hs256,
  anonymous: hs256,
  dir: encrypted("dir", { ...secret(), alg: "dir", enc: "A256GCM" }),
  rs256: signed("rs256", await generateJWK("RS256")),
  password: encrypted("password", "correct horse battery staple"),
  chunked: encrypted("chunked", { ...secret(), alg: "dir", enc: "A256GCM" }),
};

const app = new H3();
app.get("/hello", () => SUB);
app.get("/cookie", () => SUB);
for (const [route, { use, config }] of Object.entries(sessions)) {
  app.get(`/${route}`, async (event) => {
    const session = await use(event, config);
    if (route === "update") await session.update({ visits: session.data.visits + 1 });
    return session.data.sub ?? (route === "anonymous" ? SUB : new Response("", { status: 401 }));
  });
  app.get(`/login/${route}`, async (event) => {
    const session = await use(event, config);
    await session.update(claims(route === "chunked" ? 12 * 1024 : 200));
    return "";
  });
}

const server = serve(app, { port: 0, hostname: "127.0.0.1", silent: true });
await server.ready();
console.log(new URL(server.url).port);
