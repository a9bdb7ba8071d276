// Serves the routes of a Nuxt front end as Nitro does, with h3 1 or 2, whichever is installed beside it. A file
// `server/api/<name>.<method>.mjs` is `<METHOD> /api/<name>`.
import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import * as h3 from "h3";

const folder = new URL("server/api/", import.meta.url);
const routes = [];
for (const file of await readdir(folder)) {
  const [name, method] = file.split(".");
  routes.push({ path: `/api/${name}`, method, handler: (await import(new URL(file, folder))).default });
}

/** h3 2 has its `H3`, which is `createApp` and `createRouter` of h3 1 together. */
async function listener() {
  if (h3.H3) {
    const app = new h3.H3();
    for (const { path, method, handler } of routes) app.on(method, path, handler);
    return h3.toNodeHandler(app);
  }
  const router = h3.createRouter();
  for (const { path, method, handler } of routes) router.use(path, handler, method);
  return h3.toNodeListener(h3.createApp().use(router));
}

const server = createServer(await listener());
server.listen(0, "127.0.0.1", () => console.log(`open http://127.0.0.1:${server.address().port}`));

// Whoever started this is gone when stdin ends.
process.stdin.on("end", () => process.exit(0)).resume();
