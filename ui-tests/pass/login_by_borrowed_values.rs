#![deny(warnings)]

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable(by(name, shared, boxed, borrowed)))]
pub struct Login {
    pub name: String,
    pub shared: Arc<str>,
    pub boxed: Box<str>,
    pub borrowed: std::borrow::Cow<'static, str>,
}

fn main() {
    let name = String::from("ada");
    let _ = [Login::by_name("ada"), Login::by_name(&name), Login::by_name(name.as_str())];
    let _ = [Login::by_shared("ada"), Login::by_shared(&Arc::<str>::from("ada"))];
    let _ = (Login::by_boxed("ada"), Login::by_borrowed("ada"));
}
