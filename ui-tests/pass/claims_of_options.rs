#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

/// An `Option` that is not called so: serde reads `None` from a claim that is absent all the same.
type Maybe<T> = Option<T>;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
pub struct Token {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Maybe<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boxed: Box<Option<u8>>,
    #[serde(default, deserialize_with = "level", skip_serializing_if = "Option::is_none")]
    pub by_a_function: Option<u8>,
    /// Always written, be it as `null`.
    #[serde(deserialize_with = "level")]
    pub always: Option<u8>,
}

fn level<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    Option::deserialize(deserializer)
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
pub struct Renamed {
    #[serde(rename(serialize = "new", deserialize = "new", deserialize = "old"))]
    pub name: u8,
}

fn main() {
    let token: Token = serde_json::from_str(r#"{"always":null}"#).unwrap();
    let written = serde_json::to_string(&token).unwrap();
    assert_eq!(written, r#"{"always":null}"#);
    for name in ["new", "old"] {
        let renamed: Renamed = serde_json::from_str(&format!(r#"{{"{name}":1}}"#)).unwrap();
        assert_eq!(renamed.name, 1);
    }
}
