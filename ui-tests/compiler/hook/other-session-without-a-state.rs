use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookResult, Renew};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D")]
struct Refresh {
    user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "15m", hooks(renew = renew))]
struct Access {
    user: u64,
}

async fn renew(event: Renew<'_, Access>) -> HookResult {
    let _ = event.other::<Refresh>().await?;
    Ok(())
}

fn main() {}
