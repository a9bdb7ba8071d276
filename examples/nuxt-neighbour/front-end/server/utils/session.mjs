import { useRuntimeConfig } from "#imports";
import { useJWESession } from "./adapter.mjs";

/**
 * The visitor's session, which the Rust service reads and writes too. What stands here is what its `#[session(..)]`
 * says: change both or neither.
 */
export function useVisitor(event) {
  return useJWESession(event, {
    name: "visitor",
    // `exp`, and the end of the cookie. Also how old a token may be when it is read.
    maxAge: "1D",
    key: key(event),
    // A cookie with another path or domain would be another cookie, beside this one.
    cookie: {
      path: "/",
      httpOnly: true,
      sameSite: "lax",
      secure: process.env.NODE_ENV !== "development",
    },
    jwe: {
      encryptOptions: {
        alg: "dir",
        enc: "A256GCM",
        // The Rust side binds a token to its session by this. npm's default would be "JWT".
        protectedHeader: { typ: "visitor+jwt" },
      },
      // By how many seconds the other machine's clock may be ahead.
      decryptOptions: { clockTolerance: 30 },
    },
    hooks: {
      // A token that is refused, and why. Never the token itself.
      onError: ({ error }) => console.warn("visitor:", error.message),
    },
  });
}

let parsed;

function key(event) {
  // Nuxt reads JSON in its environment by itself.
  const { sessionKey } = useRuntimeConfig(event);
  if (!sessionKey) throw new Error("NUXT_SESSION_KEY is not set");
  // One object for the whole process: unjwt keeps what it makes of a key beside it.
  parsed ??= typeof sessionKey === "string" ? JSON.parse(sessionKey) : { ...sessionKey };
  return parsed;
}
