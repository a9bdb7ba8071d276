import { createError, defineEventHandler, readBody } from "h3";
import { useVisitor } from "../utils/session.mjs";

/** Changes what only the front end knows of. The Rust service carries it along. */
export default defineEventHandler(async (event) => {
  const visitor = await useVisitor(event);
  // `update` would begin a session for a stranger.
  if (visitor.id === undefined) throw createError({ statusCode: 401 });
  const body = await readBody(event);
  if (!["light", "dark"].includes(body?.theme)) throw createError({ statusCode: 400 });
  await visitor.update({ theme: body.theme });
  return { theme: visitor.data.theme };
});
