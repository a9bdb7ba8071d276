#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{ConfigError, JwsKey, Session, Tokens};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "15m", cookie = false, header = false, extract = false)]
pub struct Token {
    pub sub: String,
}

fn main() -> Result<(), ConfigError> {
    let _: Tokens<Token> = Token::config(JwsKey::secret("0123456789abcdef0123456789abcdef")).build()?;
    Ok(())
}
