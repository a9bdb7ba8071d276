//! The sessions under test: six types with the same members and the same key bytes, so that any confusion
//! would show.

use std::fmt;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokio::sync::Notify;
use unjwt::bounds::Writable;
use unjwt::{JweKey, Jwk, JwsKey, Session, SessionHandle, SessionState};

use super::hooks;
use super::kinds::Kind;
use super::perform::Running;
use super::service::Door;
use super::support::TestClock;

const KEY: [u8; 32] = *b"the-same-32-bytes-for-every-kind";

/// The data of every session.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    pub who: String,
    pub count: u32,
    pub note: Option<Note>,
}

#[derive(Clone, Debug, Default)]
pub struct Patch {
    pub who: Option<String>,
    pub count: Option<u32>,
    pub note: Option<Option<Note>>,
}

/// Text of a chosen length. One that begins with `!` cannot be serialised.
#[derive(Clone, PartialEq)]
pub struct Note(pub String);

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Note({:?}.., {} bytes)", self.0.chars().next(), self.0.len())
    }
}

impl Serialize for Note {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.starts_with('!') {
            return Err(serde::ser::Error::custom("this note cannot be written"));
        }
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Note {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// A session type of this test.
pub trait Modelled: Session + Writable + Default {
    const KIND: Kind;
    fn new(data: Data) -> Self;
    fn data(&self) -> Data;
    fn patch(patch: Patch) -> Self::Patch;
}

macro_rules! session {
    ($name:ident, $patch:ident, $kind:ident, $($attribute:tt)*) => {
        #[derive(Clone, Default, Serialize, Deserialize, Session)]
        #[session($($attribute)*)]
        pub struct $name {
            who: String,
            count: u32,
            note: Option<Note>,
        }

        impl Modelled for $name {
            const KIND: Kind = Kind::$kind;

            fn new(Data { who, count, note }: Data) -> Self {
                Self { who, count, note }
            }

            fn data(&self) -> Data {
                Data { who: self.who.clone(), count: self.count, note: self.note.clone() }
            }

            fn patch(Patch { who, count, note }: Patch) -> $patch {
                $patch { who, count, note }
            }
        }
    };
}

session!(User, UserPatch, User, jwe, name = "user", max_age = "1h");
session!(Cart, CartPatch, Cart, jws(alg = "HS256"), name = "cart");
// Of another service with the same key, which gives its carts an end.
session!(LentCart, LentCartPatch, Cart, jws(alg = "HS256"), name = "cart", max_age = "20m");
session!(
    Page,
    PagePatch,
    Page,
    jwe(alg = "dir", enc = "A256GCM"),
    name = "page",
    max_age = "30m",
    extend = "rotate",
    clock_tolerance = "5s",
    cookie(path = "/app", max_age = "1D", chunk_max_length = 600, max_chunks = 8)
);
session!(
    Access,
    AccessPatch,
    Access,
    jws(alg = "HS256"),
    name = "access",
    max_age = "5m",
    cookie(max_age = "1h"),
    state = Arc<App>,
    hooks(
        on_read = hooks::on_read,
        on_update = hooks::on_update,
        on_clear = hooks::on_clear,
        on_expire = hooks::on_expire,
        on_error = hooks::on_error,
        renew = hooks::renew,
    )
);
session!(
    Refresh,
    RefreshPatch,
    Refresh,
    jwe(alg = "dir", enc = "A256GCM"),
    name = "refresh",
    max_age = "1D",
    cookie(max_age = "7D"),
    state = Arc<App>,
    hooks(on_read = hooks::on_read, on_update = hooks::on_update, on_expire = hooks::on_expire)
);
session!(Vault, VaultPatch, Vault, jwe, name = "vault", max_age = "1h");

/// Runs the expression with `$T` as the session type of a kind.
macro_rules! of_kind {
    ($kind:expr, $T:ident => $body:expr) => {
        match $kind {
            $crate::kinds::Kind::User => {
                type $T = $crate::sessions::User;
                $body
            }
            $crate::kinds::Kind::Cart => {
                type $T = $crate::sessions::Cart;
                $body
            }
            $crate::kinds::Kind::Page => {
                type $T = $crate::sessions::Page;
                $body
            }
            $crate::kinds::Kind::Access => {
                type $T = $crate::sessions::Access;
                $body
            }
            $crate::kinds::Kind::Refresh => {
                type $T = $crate::sessions::Refresh;
                $body
            }
            $crate::kinds::Kind::Vault => {
                type $T = $crate::sessions::Vault;
                $body
            }
        }
    };
}
pub(crate) use of_kind;

#[derive(SessionState)]
pub struct App {
    pub user: SessionHandle<User>,
    pub cart: SessionHandle<Cart>,
    pub page: SessionHandle<Page>,
    pub access: SessionHandle<Access>,
    pub refresh: SessionHandle<Refresh>,
    pub vault: SessionHandle<Vault>,
    pub clock: TestClock,
    /// The request under way.
    pub running: Mutex<Option<Arc<Running>>>,
    /// The way in which its handler accessed its sessions, for tasks that continue after the response.
    pub door: Mutex<Option<Arc<Door>>>,
    /// Tells that the request under way is to be dropped.
    pub dropped: Notify,
}

/// The router over all six sessions, and its state.
pub fn install(
    clock: &TestClock,
    routes: impl FnOnce(&Arc<App>) -> axum::Router<Arc<App>>,
) -> (axum::Router, Arc<App>) {
    let bare = || {
        let octets = "dGhlLXNhbWUtMzItYnl0ZXMtZm9yLWV2ZXJ5LWtpbmQ";
        assert_eq!(super::support::base64_url(octets), KEY);
        JweKey::from_jwk(Jwk::from_json(&format!(r#"{{"kty":"oct","k":"{octets}"}}"#)).unwrap())
    };
    let password = JweKey::password(String::from_utf8(KEY.to_vec()).unwrap()).iterations(1_000);
    let mut state = None;
    let router = unjwt::install(
        (
            User::config(JweKey::secret(KEY)).clock(clock.read()),
            Cart::config(JwsKey::secret(KEY)).clock(clock.read()),
            Page::config(bare()).clock(clock.read()),
            Access::config(JwsKey::secret(KEY)).clock(clock.read()),
            Refresh::config(bare()).clock(clock.read()),
            Vault::config(password).clock(clock.read()),
        ),
        |(user, cart, page, access, refresh, vault)| {
            let clock = clock.clone();
            let (running, door, dropped) = (Mutex::default(), Mutex::default(), Notify::new());
            let app =
                Arc::new(App { user, cart, page, access, refresh, vault, clock, running, door, dropped });
            state = Some(Arc::clone(&app));
            (routes(&app), app)
        },
    )
    .unwrap();
    (router, state.unwrap())
}

/// A cart of the other service, as its token.
pub async fn lent_cart(clock: &TestClock, data: Data) -> String {
    let tokens = LentCart::config(JwsKey::secret(KEY)).clock(clock.read()).build().unwrap();
    tokens.sign(&LentCart::new(data)).await.unwrap().token.as_str().to_owned()
}
