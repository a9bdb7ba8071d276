#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookResult, Renew};
use unjwt::{JwsKey, Session, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "15m", cookie = false, header = "authorization", hooks(renew = renew))]
struct Access {
    sub: String,
}

async fn renew(event: Renew<'_, Access>) -> HookResult {
    event.session().replace(Access { sub: "guest".into() }).await?;
    Ok(())
}

/// What the hook wrote is the session of this request; the handler hands its token out.
async fn page(session: SessionManager<Access>) -> String {
    session.token().map(|token| token.as_str().to_owned()).unwrap_or_default()
}

fn main() {
    let _ = page;
    let _ = |key: JwsKey| Access::config(key);
}
