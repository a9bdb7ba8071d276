#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

/// What a macro passes on as `$name:literal`, `$path:path` or `$ty:ty` stands in an invisible group.
macro_rules! session {
    ($name:literal, $rule:literal, $default:literal, $age:literal, $hook:path, $state:ty) => {
        #[derive(Clone, Serialize, Deserialize, Session)]
        #[serde(rename_all(serialize = $rule, deserialize = $rule))]
        #[session(jwe, name = $name, max_age = $age, required_claims($name, "userId"))]
        #[session(audience("api", $name), state = $state, hooks(renew = $hook))]
        pub struct Token {
            #[serde(rename(serialize = $name, deserialize = $name))]
            pub exp: u8,
            pub user_id: u8,
            #[serde(default = $default, skip_serializing_if = "Vec::is_empty")]
            pub scope: Vec<u8>,
        }
    };
}

session!("sid", "camelCase", "scope", "7D", hooks::renew, std::sync::Arc<u8>);

fn scope() -> Vec<u8> {
    vec![7]
}

mod hooks {
    pub(super) async fn renew(_: unjwt::hooks::Renew<'_, super::Token>) -> unjwt::hooks::HookResult {
        Ok(())
    }
}

fn main() {
    let token: Token = serde_json::from_str(r#"{"sid":1,"userId":2}"#).unwrap();
    assert_eq!((token.exp, token.user_id, token.scope), (1, 2, vec![7]));
}
