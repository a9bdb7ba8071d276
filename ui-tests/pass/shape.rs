#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
pub struct Empty {
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "raw")]
pub struct Raw {
    pub r#type: String,
    #[cfg(any())]
    pub never: std::rc::Rc<u8>,
}

macro_rules! session {
    ($name:ident, $cookie:literal) => {
        #[derive(Clone, Serialize, Deserialize, Session)]
        #[session(jwe, name = $cookie)]
        pub struct $name {
            pub sub: String,
        }
    };
}

session!(Made, "made");

fn main() {}
