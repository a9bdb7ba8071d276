// A service of npm `unjwt` that moves to Rust: `tests/neighbour/moved.rs` is the service after it.
import { H3, HTTPError, serve } from "h3";

// page: begin
import { useJWESession } from "unjwt/adapters/h3v2";

const sid = (event) => useJWESession(event, { name: "sid", key: process.env.SESSION_SECRET, maxAge: "7D" });

const app = new H3()
  .post("/login", async (event) => {
    await (await sid(event)).update({ userId: 7, theme: "dark" });
    return "";
  })
  .get("/me", async (event) => {
    const { id, data } = await sid(event);
    if (id === undefined) throw new HTTPError({ status: 401 });
    return `${data.userId} ${data.theme}`;
  });
// page: end

const server = serve(app, { hostname: "127.0.0.1", port: 0, silent: true, gracefulShutdown: false });
await server.ready();
console.log(JSON.stringify({ url: server.url.replace(/\/$/, ""), node: process.version }));

// Whoever started this is gone when stdin ends.
process.stdin.on("end", () => process.exit(0)).resume();
