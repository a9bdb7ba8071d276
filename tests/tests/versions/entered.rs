//! Sessions that are made of a login of a newer version: they are for the request alone, and those of before stay.

use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookResult, Renew};
use unjwt::{JwsKey, Session, SessionHandle, SessionState, Tokens};

use crate::programs::{browser, finish, key, request, request_to};
use crate::support::store::FaultyStore;
use crate::support::{Browser, TestClock};

/// A login that the old program does not understand, with a hook that makes another one.
mod unread {
    use super::*;

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jwe, name = "login", max_age = "7D", version = 1, state = App, hooks(renew = made))]
    pub struct Login {
        pub user: u64,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jwe, name = "login", max_age = "7D", version = 2, migrate(_))]
    pub struct NewLogin {
        pub user: u64,
        pub org: u64,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jwe, name = "access", max_age = "15m", login = Login)]
    pub struct Access {
        pub user: u64,
    }

    impl From<&Login> for Access {
        fn from(login: &Login) -> Self {
            Self { user: login.user }
        }
    }

    #[derive(Clone, SessionState)]
    pub struct App {
        pub login: SessionHandle<Login>,
        pub access: SessionHandle<Access>,
    }

    async fn made(event: Renew<'_, Login>) -> HookResult {
        event.session().replace(Login { user: 1 }).await?;
        Ok(())
    }

    pub fn app(clock: &TestClock) -> App {
        let configs = (Login::config(key()).clock(clock.read()), Access::config(key()).clock(clock.read()));
        unjwt::build(configs, |(login, access)| App { login, access }).unwrap()
    }

    pub fn new(clock: &TestClock) -> Tokens<NewLogin> {
        NewLogin::config(key()).clock(clock.read()).build().unwrap()
    }
}

#[tokio::test]
async fn a_renew_hook_of_a_newer_login_leaves_the_cookies_of_its_access_sessions() {
    use unread::{Access, NewLogin, app, new};
    let clock = TestClock::new();
    let app = app(&clock);
    let mut browser = Browser::with(&new(&clock).cookie_header(&NewLogin { user: 7, org: 1 }).unwrap());
    let access = Browser::with(&app.access.cookie_header(&Access { user: 7 }).unwrap());
    browser.cookies.extend(access.cookies);
    let reading = request_to(&browser, &app);
    let login = app.login.manager(&reading).await.unwrap();
    assert_eq!(login.require().unwrap().data.user, 1);
    assert!(finish(&reading, &mut browser).is_empty());
    // A login of the handler takes them along.
    let writing = request_to(&browser, &app);
    app.login.manager(&writing).await.unwrap().replace(unread::Login { user: 9 }).await.unwrap();
    finish(&writing, &mut browser);
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["login"]);
}

#[tokio::test]
async fn an_access_session_of_a_hook_s_login_is_not_sent() {
    use unread::{NewLogin, app, new};
    let clock = TestClock::new();
    let app = app(&clock);
    let mut browser = Browser::with(&new(&clock).cookie_header(&NewLogin { user: 7, org: 1 }).unwrap());
    for _ in 0..2 {
        let reading = request_to(&browser, &app);
        let access = app.access.manager(&reading).await.unwrap();
        assert_eq!(access.require().unwrap().data.user, 1);
        assert!(finish(&reading, &mut browser).is_empty());
    }
    assert_eq!(new(&clock).get(&request(&browser)).await.unwrap().unwrap().data.org, 1);
}

/// A login that the old program reads, without rotation.
mod read {
    use super::*;

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jwe, name = "login", max_age = "7D", version = 1)]
    pub struct Login {
        pub user: u64,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jwe, name = "login", max_age = "7D", version = 2, migrate(_), readable_by = 1)]
    pub struct NewLogin {
        pub user: u64,
        pub org: u64,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jwe, name = "access", max_age = "15m", login = Login)]
    pub struct Access {
        pub user: u64,
    }

    impl From<&Login> for Access {
        fn from(login: &Login) -> Self {
            Self { user: login.user }
        }
    }

    #[derive(Clone, SessionState)]
    pub struct App {
        pub login: SessionHandle<Login>,
        pub access: SessionHandle<Access>,
    }
}

#[tokio::test]
async fn an_access_session_of_a_newer_login_is_not_sent() {
    use read::{Access, App, Login, NewLogin};
    let clock = TestClock::new();
    let new = NewLogin::config(key()).clock(clock.read()).build().unwrap();
    let configs = (Login::config(key()).clock(clock.read()), Access::config(key()).clock(clock.read()));
    let app = unjwt::build(configs, |(login, access)| App { login, access }).unwrap();
    let newer = new.cookie_header(&NewLogin { user: 7, org: 1 }).unwrap();
    let own = app.login.cookie_header(&Login { user: 7 }).unwrap();
    for (cookie, is_sent) in [(newer, false), (own, true)] {
        let mut browser = Browser::with(&cookie);
        let reading = request_to(&browser, &app);
        let access = app.access.manager(&reading).await.unwrap();
        assert_eq!(access.require().unwrap().data.user, 7);
        let sent: Vec<_> = finish(&reading, &mut browser).into_iter().map(|cookie| cookie.name).collect();
        assert_eq!(sent, if is_sent { &["access"][..] } else { &[] });
    }
}

/// A login that the old program reads and would rotate, and an access session that its own hook makes of it.
mod rotated {
    use super::*;

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jwe, name = "login", max_age = "7D", version = 1, revocable(by(user)), rotation)]
    pub struct Login {
        pub user: u64,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(
        jwe,
        name = "login",
        max_age = "7D",
        version = 2,
        migrate(_),
        readable_by = 1,
        revocable(by(user)),
        rotation
    )]
    pub struct NewLogin {
        pub user: u64,
        pub org: u64,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jws, name = "access", max_age = "15m", login = Login, state = App, hooks(renew = made))]
    pub struct Access {
        pub user: u64,
    }

    #[derive(Clone, SessionState)]
    pub struct App {
        pub login: SessionHandle<Login>,
        pub access: SessionHandle<Access>,
    }

    async fn made(event: Renew<'_, Access>) -> HookResult {
        if let Some(login) = event.other::<Login>().await?.current() {
            event.session().replace(Access { user: login.data.user }).await?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn an_access_session_that_its_own_renew_hook_makes_of_a_newer_login_is_not_sent() {
    use rotated::{Access, App, Login, NewLogin};
    let clock = TestClock::new();
    let store = FaultyStore::new(&clock);
    let new = NewLogin::config(key()).clock(clock.read()).store(store.clone()).build().unwrap();
    let configs = (
        Login::config(key()).clock(clock.read()).store(store.clone()),
        Access::config(JwsKey::secret([8; 32])).clock(clock.read()),
    );
    let app = unjwt::build(configs, |(login, access)| App { login, access }).unwrap();
    let newer = new.seal(&NewLogin { user: 7, org: 1 }).await.unwrap().token;
    let own = app.login.seal(&Login { user: 7 }).await.unwrap().token;
    for (token, is_sent) in [(newer, false), (own, true)] {
        let mut browser = browser("login", &token);
        let reading = request_to(&browser, &app);
        let access = app.access.manager(&reading).await.unwrap();
        assert_eq!(access.require().unwrap().data.user, 7);
        let sent = finish(&reading, &mut browser);
        assert_eq!(sent.iter().any(|cookie| cookie.name == "access"), is_sent, "{sent:?}");
        assert!(is_sent || sent.is_empty());
    }
}
