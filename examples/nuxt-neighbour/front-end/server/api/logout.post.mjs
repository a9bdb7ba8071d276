import { defineEventHandler } from "h3";
import { useVisitor } from "../utils/session.mjs";

/** Ends the session for both services. */
export default defineEventHandler(async (event) => {
  const visitor = await useVisitor(event);
  await visitor.clear();
  return {};
});
