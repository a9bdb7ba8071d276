use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token<'a> {
    #[serde(borrow)]
    sub: std::borrow::Cow<'a, str>,
}

fn main() {}
