// https://nuxt.com/docs/guide/going-further/runtime-config
export default defineNuxtConfig({
  runtimeConfig: {
    // The key that the Rust service has too, as a JWK in JSON: `NUXT_SESSION_KEY` in the environment.
    sessionKey: "",
  },
  nitro: {
    // While developing, one origin for both: what the browser asks of `/shop` goes to the Rust service. In production the
    // proxy before both does this.
    devProxy: {
      "/shop": { target: "http://127.0.0.1:3001/shop" },
    },
  },
});
