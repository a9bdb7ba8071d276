#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{Fresh, JweKey, JwsKey, LoginId, Session, SessionConfigs, Tokens};
use unjwt_store::MemoryStore;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", absolute = "30D", revocable(by(user)), rotation, renew_after = "half")]
pub struct Refresh {
    pub user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "15m", login = Refresh)]
pub struct Access {
    pub user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "1m", login = crate::Refresh, revocable = false, cookie = false)]
pub struct Ticket {
    pub user: u64,
}

impl From<&Refresh> for Access {
    fn from(login: &Refresh) -> Self {
        Self { user: login.user }
    }
}

impl From<&Refresh> for Ticket {
    fn from(login: &Refresh) -> Self {
        Self { user: login.user }
    }
}

pub fn login_of(tokens: &Tokens<Access>, id: LoginId) {
    let _ = tokens.logins().end(id);
}

pub async fn dangerous(_: Fresh<Access, 300>, _: Fresh<Ticket, 300>) {}

fn main() {
    let configs = (
        Refresh::config(JweKey::secret([7; 32])),
        Access::config(JwsKey::secret([8; 32])),
        Ticket::config(JwsKey::secret([9; 32])),
    );
    let (refresh, access, _ticket) = configs.store(MemoryStore::volatile()).build().unwrap();
    assert_eq!((refresh.name(), access.name()), ("refresh", "access"));
}
