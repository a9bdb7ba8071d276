//! The sessions of the shop. What the service knows of them is here, and in the arguments of its handlers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle, SessionState};

use crate::users::{Role, Users};

/// The login: for this service alone, renewed while it is used, and ended everywhere by a logout.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "login",
    max_age = "14D",
    absolute = "90D",
    revocable(by(user)),
    rotation,
    header = false
)]
pub struct Login {
    pub user: i64,
    pub name: String,
    pub role: Role,
}

/// Who the visitor is: made from the login, and never older than ten minutes.
#[derive(Clone, Serialize, Deserialize, JsonSchema, Session)]
#[session(jws(alg = "ES256"), name = "access", max_age = "10m", login = Login, header = false)]
pub struct Access {
    pub user: i64,
    pub name: String,
    pub role: Role,
}

impl From<&Login> for Access {
    fn from(login: &Login) -> Self {
        Self { user: login.user, name: login.name.clone(), role: login.role }
    }
}

/// The cart, which a visitor has before the login and after it.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema, Session)]
#[session(jwe, name = "cart", max_age = "30D", header = false)]
pub struct Cart {
    pub items: BTreeMap<String, u32>,
}

/// A message for the next page.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "flash", max_age = "5m", header = false)]
pub struct Flash {
    pub text: String,
}

#[derive(SessionState)]
pub struct App {
    pub login: SessionHandle<Login>,
    pub access: SessionHandle<Access>,
    pub cart: SessionHandle<Cart>,
    pub flash: SessionHandle<Flash>,
    pub users: Users,
}
