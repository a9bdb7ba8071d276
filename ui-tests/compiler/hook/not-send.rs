use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookResult, Renew};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, hooks(renew = renew))]
struct Token {
    sub: String,
}

async fn renew(_: Renew<'_, Token>) -> HookResult {
    let here = std::rc::Rc::new(1);
    std::future::ready(()).await;
    drop(here);
    Ok(())
}

fn main() {}
