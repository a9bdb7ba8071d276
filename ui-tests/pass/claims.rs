#![deny(warnings)]

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[serde(rename_all = "camelCase", deny_unknown_fields, tag = "kind")]
#[session(jws, issuer = "https://id.example", audience("a", "b"), required_claims("userName"))]
pub struct Named {
    pub sub: String,
    #[serde(alias = "login")]
    pub user_name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<String>,
    #[serde(skip)]
    pub exp: u64,
    #[serde(rename(serialize = "mail"), alias = "mail")]
    pub email: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
pub struct Secret {
    #[session(confidential)]
    pub email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(flatten)]
    pub rest: HashMap<String, String>,
    pub iss: String,
    pub aud: String,
}

fn main() {
    let _ = SecretPatch { phone: Some(None), ..SecretPatch::default() };
}
