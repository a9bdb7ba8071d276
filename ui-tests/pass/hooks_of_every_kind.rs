#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::hooks::{Clear, Expire, HookResult, Renew, Update};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "15m", hooks(on_update = Token::on_update, on_clear = crate::on_clear, on_expire = on_expire, renew = renew))]
pub struct Token {
    pub sub: String,
}

impl Token {
    async fn on_update(event: Update<'_, Self>) -> HookResult {
        let _ = event.headers();
        Ok(())
    }
}

async fn on_clear(_: Clear<'_, Token>) -> HookResult {
    Ok(())
}

fn on_expire<'a>(_: Expire<'a, Token>) -> impl Future<Output = HookResult> + Send + 'a {
    async { Ok(()) }
}

async fn renew(event: Renew<'_, Token>) -> HookResult {
    "12".parse::<u8>()?;
    event.session().replace(Token { sub: "guest".into() }).await?;
    Ok(())
}

fn main() {}
