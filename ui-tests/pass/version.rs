use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, JwsKey, Session, SessionHandle};

mod before {
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    pub struct Login {
        pub user: u64,
    }

    #[derive(Deserialize)]
    pub struct Of<T> {
        pub user: T,
    }
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, version = 4, migrate(before::Login, _, before::Of<i64>), readable_by = 2)]
pub struct Login {
    user: String,
}

impl From<before::Login> for before::Of<i64> {
    fn from(old: before::Login) -> Self {
        Self { user: old.user.try_into().unwrap_or(0) }
    }
}

impl TryFrom<before::Of<i64>> for Login {
    type Error = std::num::TryFromIntError;

    fn try_from(old: before::Of<i64>) -> Result<Self, Self::Error> {
        u64::try_from(old.user).map(|user| Self { user: user.to_string() })
    }
}

impl From<Login> for before::Login {
    fn from(new: Login) -> Self {
        Self { user: new.user.parse().unwrap_or(0) }
    }
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, read_only, version = 2, migrate(_))]
struct Read {
    user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, version = 1)]
struct First<T> {
    user: T,
}

/// Without a version the names are free.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Ordinary {
    v: u32,
    vr: bool,
}

macro_rules! of_a_macro {
    ($name:ident, $old:ty) => {
        #[derive(Clone, Serialize, Deserialize, Session)]
        #[session(jwe, version = 2, migrate($old))]
        struct $name {
            user: u64,
        }
    };
}

of_a_macro!(Made, before::Of<u64>);

impl From<before::Of<u64>> for Made {
    fn from(old: before::Of<u64>) -> Self {
        Self { user: old.user }
    }
}

async fn handler(_: Login, _: Option<Login>) {}

fn main() -> Result<(), unjwt::ConfigError> {
    let key = || JweKey::secret([7; 32]);
    let _: MethodRouter<SessionHandle<Login>> = get(handler);
    Login::config(key()).writes_version::<before::Login>().build()?;
    Read::config(JwsKey::secret([7; 32])).build()?;
    First::<u64>::config(key()).build()?;
    Made::config(key()).build()?;
    Ordinary::config(key()).build()?;
    let _ = (Ordinary { v: 1, vr: true }, First { user: 1 }, Made { user: 1 }, Read { user: 1 });
    Ok(())
}
