use serde::{Deserialize, Serialize};
use unjwt::{JweKey, JwsKey, Session};

/// The check is on.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Login {
    user: u64,
}

/// A counter that other sites' pages may move.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, csrf = "off", cookie(same_site = "none", partitioned = true))]
struct Widget {
    clicks: u64,
}

/// A verifier reads cookies too.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, read_only, csrf = "off")]
struct Elsewhere {
    user: u64,
}

fn main() -> Result<(), unjwt::ConfigError> {
    Login::config(JweKey::secret([7; 32]))
        .trust_origin("https://idp.example")
        .trust_origin("http://localhost:5173")
        .public_origin("https://app.example")
        .build()?;
    Widget::config(JweKey::secret([7; 32])).build()?;
    Elsewhere::config(JwsKey::secret([7; 32])).build()?;
    Ok(())
}
