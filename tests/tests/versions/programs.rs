//! One session as the programs of several versions have it, encrypted and signed.

use http::HeaderMap;
use unjwt::{HasSession, JweKey, RequestContext, Session, SessionHandle};

use crate::support::{Browser, SetCookie, set_cookies};

/// The error of a migration, with something in it that no message may show.
pub const SECRET: &str = "an organisation called hunter2";

macro_rules! programs {
    ($family:ident, $key:expr) => {
        pub mod $family {
            use serde::{Deserialize, Serialize};
            use unjwt::{Session, Tokens};

            use crate::support::TestClock;

            pub fn build<T>(config: unjwt::Config<T>, clock: &TestClock) -> Tokens<T>
            where
                T: Session<State = unjwt::bounds::NoState, Login = unjwt::bounds::NoLogin>,
            {
                config.clock(clock.read()).build().unwrap()
            }

            /// A program from before versions were thought of.
            pub mod v0 {
                use super::*;

                #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
                #[session($family, name = "login", max_age = "7D")]
                pub struct Login {
                    pub user: u64,
                }

                pub fn tokens(clock: &TestClock) -> Tokens<Login> {
                    build(Login::config($key), clock)
                }
            }

            pub mod v1 {
                use super::*;

                #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
                #[session($family, name = "login", max_age = "7D", version = 1)]
                pub struct Login {
                    pub user: u64,
                }

                pub fn tokens(clock: &TestClock) -> Tokens<Login> {
                    build(Login::config($key), clock)
                }
            }

            pub mod v2 {
                use super::*;

                #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
                #[session($family, name = "login", max_age = "7D", version = 2, migrate(LoginV1))]
                pub struct Login {
                    pub user: u64,
                    pub org: String,
                }

                #[derive(Serialize, Deserialize)]
                pub struct LoginV1 {
                    pub user: u64,
                }

                impl From<LoginV1> for Login {
                    fn from(LoginV1 { user }: LoginV1) -> Self {
                        Self { user, org: format!("of {user}") }
                    }
                }

                impl From<Login> for LoginV1 {
                    fn from(Login { user, .. }: Login) -> Self {
                        Self { user }
                    }
                }

                pub fn tokens(clock: &TestClock) -> Tokens<Login> {
                    build(Login::config($key), clock)
                }

                pub fn two_phase(clock: &TestClock) -> Tokens<Login> {
                    build(Login::config($key).writes_version::<LoginV1>(), clock)
                }
            }

            /// The second version, which the program of the first one understands.
            pub mod v2_readable {
                use super::*;

                #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
                #[session(
                    $family,
                    name = "login",
                    max_age = "7D",
                    renew_after = "half",
                    version = 2,
                    migrate(super::v2::LoginV1),
                    readable_by = 1
                )]
                pub struct Login {
                    pub user: u64,
                    pub org: String,
                }

                impl From<super::v2::LoginV1> for Login {
                    fn from(old: super::v2::LoginV1) -> Self {
                        Self { user: old.user, org: String::new() }
                    }
                }

                pub fn tokens(clock: &TestClock) -> Tokens<Login> {
                    build(Login::config($key), clock)
                }
            }

            pub mod v3 {
                use super::*;

                #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
                #[session(
                    $family,
                    name = "login",
                    max_age = "7D",
                    version = 3,
                    migrate(super::v2::LoginV1, LoginV2)
                )]
                pub struct Login {
                    pub id: String,
                    pub org: Option<String>,
                }

                #[derive(Deserialize)]
                pub struct LoginV2 {
                    pub user: u64,
                    pub org: String,
                }

                impl From<super::v2::LoginV1> for LoginV2 {
                    fn from(old: super::v2::LoginV1) -> Self {
                        Self { user: old.user, org: String::new() }
                    }
                }

                impl TryFrom<LoginV2> for Login {
                    type Error = String;

                    fn try_from(LoginV2 { user, org }: LoginV2) -> Result<Self, String> {
                        match &*org {
                            crate::programs::SECRET => Err(format!("{org} is not one of ours")),
                            "" => Ok(Self { id: user.to_string(), org: None }),
                            _ => Ok(Self { id: user.to_string(), org: Some(org) }),
                        }
                    }
                }

                pub fn tokens(clock: &TestClock) -> Tokens<Login> {
                    build(Login::config($key), clock)
                }
            }

            /// The third version, once no token of the first one is left.
            pub mod v3_without_1 {
                use super::*;

                #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
                #[session(
                    $family,
                    name = "login",
                    max_age = "7D",
                    version = 3,
                    migrate(_, super::v3::LoginV2)
                )]
                pub struct Login {
                    pub id: String,
                }

                impl From<super::v3::LoginV2> for Login {
                    fn from(old: super::v3::LoginV2) -> Self {
                        Self { id: old.user.to_string() }
                    }
                }

                pub fn tokens(clock: &TestClock) -> Tokens<Login> {
                    build(Login::config($key), clock)
                }
            }
        }
    };
}

programs!(jwe, unjwt::JweKey::secret([7; 32]));
programs!(jws, unjwt::JwsKey::secret([7; 32]));

/// A request of the browser.
pub fn request(browser: &Browser) -> RequestContext {
    RequestContext::new(&browser.request_headers())
}

/// A request of the browser to a program with state.
pub fn request_to<S: Clone + Send + Sync + 'static>(browser: &Browser, app: &S) -> RequestContext<S> {
    RequestContext::with_state(&browser.request_headers(), app.clone())
}

/// A browser with this token in the session's cookie.
pub fn browser(cookie: &str, token: &str) -> Browser {
    Browser { cookies: [(cookie.to_owned(), token.to_owned())].into() }
}

pub fn key() -> JweKey {
    JweKey::secret([7; 32])
}

/// The state of a program with one session, and what its hooks do.
#[derive(Clone)]
pub struct App<T: Session, Act> {
    pub handle: SessionHandle<T>,
    pub act: Act,
}

impl<T: Session, Act: Send + Sync> HasSession<T> for App<T, Act> {
    fn handle(&self) -> &SessionHandle<T> {
        &self.handle
    }
}

/// Ends the request, and gives the browser its cookies. Returns them.
pub fn finish<S>(request: &RequestContext<S>, browser: &mut Browser) -> Vec<SetCookie> {
    let mut response = HeaderMap::new();
    request.finish(&mut response);
    browser.take(&response);
    set_cookies(&response)
}
