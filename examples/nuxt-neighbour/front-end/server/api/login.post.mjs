import { createError, defineEventHandler, readBody } from "h3";
import { useVisitor } from "../utils/session.mjs";

/** Begins a session. Here a real front end checks a password. */
export default defineEventHandler(async (event) => {
  const body = await readBody(event);
  if (typeof body?.user !== "string") throw createError({ statusCode: 400 });
  const visitor = await useVisitor(event);
  const now = Date.now();
  await visitor.update({
    // Every field that the Rust struct needs, or it refuses the token.
    user: body.user.toWellFormed(),
    basket: [],
    theme: undefined,
    // Names a login of its own. `update` would keep the one before, which may have ended.
    sid: crypto.randomUUID(),
    auth_time: Math.floor(now / 1000),
    // It begins after all earlier ends of everyone's logins, and of this user's.
    ep: { "*": now, user: now },
  });
  return { user: visitor.data.user };
});
