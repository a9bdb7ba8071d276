// npm `unjwt` on the payloads and algorithms of the Rust benches: JSON of medians in nanoseconds to standard output.
// Each measurement is a number of batches; a batch awaits one token after the other.

import { decrypt, encrypt } from "unjwt/jwe";
import { generateJWK } from "unjwt/jwk";
import { sign, verify } from "unjwt/jws";

const smoke = process.argv.includes("--smoke");
const BATCHES = smoke ? 3 : 31;
const BATCH_NANOS = smoke ? 1e5 : 2e7;

const password = "correct horse battery staple";
const SIGNED = { hs256: "HS256", rs256: "RS256", ps256: "PS256", es256: "ES256", eddsa: "EdDSA" };
const ENCRYPTED = {
  dir: "dir",
  a256kw: "A256KW",
  a256gcmkw: "A256GCMKW",
  pbes2: "PBES2-HS256+A128KW",
  "rsa-oaep-256": "RSA-OAEP-256",
  "ecdh-es-a256kw-p256": "ECDH-ES+A256KW",
  "ecdh-es-a256kw-x25519": "ECDH-ES+A256KW",
};

/** The claims of `Stamped` in `src/claims.rs`, of the same length as JSON. */
function claims(len) {
  const scopes = "read:profile write:profile read:orders write:orders ";
  const iat = Math.floor(Date.now() / 1000);
  const made = {
    sub: "a3f81c52",
    name: "Ada Lovelace",
    scope: "",
    admin: false,
    visits: 42,
    jti: "04443da2-8faf-4924-931c-9ca95f036bfb",
    iat,
    exp: iat + 7 * 24 * 60 * 60,
  };
  const rest = len - JSON.stringify(made).length;
  made.scope = scopes.repeat(Math.ceil(rest / scopes.length)).slice(0, rest);
  return made;
}

async function keysOf(family) {
  switch (family) {
    case "dir": {
      const k = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
      const key = { kty: "oct", k, alg: "dir", enc: "A256GCM" };
      return { write: key, read: key };
    }
    case "pbes2":
      return { write: password, read: password };
    case "ecdh-es-a256kw-x25519":
      return pair(await generateJWK("ECDH-ES+A256KW", { namedCurve: "X25519" }));
    default:
      return pair(await generateJWK(SIGNED[family] ?? ENCRYPTED[family]));
  }
}

function pair(made) {
  return made.privateKey
    ? { private: made.privateKey, public: made.publicKey }
    : { write: made, read: made };
}

/** Reads and writes of one session under one key. */
async function subject(family, len) {
  const payload = claims(len);
  const keys = await keysOf(family);
  if (family in SIGNED) {
    const alg = SIGNED[family];
    const write = () => sign(payload, keys.write ?? keys.private, { alg, protectedHeader: { typ: "sid+jwt" } });
    const token = await write();
    return { write, read: () => verify(token, keys.read ?? keys.public, { algorithms: [alg], typ: "sid+jwt" }) };
  }
  const options = { alg: ENCRYPTED[family], enc: "A256GCM" };
  const write = () => encrypt(payload, keys.write ?? keys.public, options);
  const token = await write();
  return { write, read: () => decrypt(token, keys.read ?? keys.private) };
}

async function median(run) {
  await run();
  let size = 1;
  for (;;) {
    const nanos = await batch(run, size);
    if (nanos >= BATCH_NANOS || size >= 1 << 16) break;
    size *= 2;
  }
  const each = [];
  for (let index = 0; index < BATCHES; index++) {
    each.push((await batch(run, size)) / size);
    // Enough of what takes long.
    if (each.length >= 5 && each.length * each[0] * size > 3e9) break;
  }
  each.sort((a, b) => a - b);
  return each[Math.floor(each.length / 2)];
}

async function batch(run, size) {
  const start = process.hrtime.bigint();
  for (let index = 0; index < size; index++) await run();
  return Number(process.hrtime.bigint() - start);
}

const results = [];
for (const family of [...Object.keys(SIGNED), ...Object.keys(ENCRYPTED)]) {
  for (const len of [200, 2048]) {
    if (family === "pbes2" && (smoke || len !== 200)) continue;
    const { read, write } = await subject(family, len);
    const { payload } = await read();
    if (JSON.stringify(payload).length !== len) throw new Error(`${family}: other claims than were written`);
    results.push({ family, len, operation: "read", nanos: await median(read) });
    results.push({ family, len, operation: "write", nanos: await median(write) });
  }
}
console.log(JSON.stringify({ node: process.version, results }));
