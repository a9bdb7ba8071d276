#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{JweKey, JwsKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
pub struct Sealed {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws)]
pub struct Signed {
    pub sub: String,
}

fn main() {
    let _ = Sealed::config(JweKey::password("a password")).also_reads(JweKey::password("the old one"));
    let _ = Signed::config(JwsKey::secret("0123456789abcdef0123456789abcdef")).issuer("me").audience(["api"]);
}
