// For Nuxt 4, whose Nitro 2 has h3 1. With Nitro 3, which has h3 2, it is "unjwt/adapters/h3v2".
export { useJWESession } from "unjwt/adapters/h3";
