import { defineEventHandler } from "h3";
import { useVisitor } from "../utils/session.mjs";

/** Who it is; `null` for somebody without a session. Looking at a session writes nothing. */
export default defineEventHandler(async (event) => {
  const visitor = await useVisitor(event);
  if (visitor.id === undefined) return { visitor: null };
  const { user, basket, theme } = visitor.data;
  return { visitor: { id: visitor.id, expiresAt: visitor.expiresAt, user, basket, theme } };
});
