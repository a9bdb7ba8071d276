use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {
    admin: bool,
}

fn main() {
    let _ = serde_json::from_str::<TokenPatch>("{}");
}
