import { createError, defineEventHandler, readBody } from "h3";
import { useVisitor } from "../utils/session.mjs";

/** Begins a session. Here a real front end checks a password. */
export default defineEventHandler(async (event) => {
  const body = await readBody(event);
  if (typeof body?.user !== "string") throw createError({ statusCode: 400 });
  const visitor = await useVisitor(event);
  // Every field that the Rust struct needs, or it refuses the token.
  await visitor.update({ user: body.user.toWellFormed(), basket: [], theme: undefined });
  return { user: visitor.data.user };
});
