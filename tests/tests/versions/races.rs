//! Writes beside each other in one request whose token is kept: whichever comes first, an update does not take its place.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::task::{spawn, yield_now};
use unjwt::hooks::{HookResult, Renew, Update};
use unjwt::{JwsKey, RequestContext, Session, SessionHandle, SessionState};

use crate::programs::{App, browser, finish, key, request, request_to};
use crate::support::TestClock;
use crate::support::store::{Fault, FaultyStore};

/// The place where a hook waits, so that a test can do something beside it.
#[derive(Clone, Default)]
pub struct Gate {
    reached: Arc<Notify>,
    open: Arc<Notify>,
}

impl Gate {
    async fn refuse(&self) -> HookResult {
        self.reached.notify_one();
        self.open.notified().await;
        Err(std::io::Error::other("no").into())
    }
}

/// The pauses between the steps of a race: each puts the other writes at another place.
const PAUSES: std::ops::Range<usize> = 0..6;

async fn pause(times: usize) {
    for _ in 0..times {
        yield_now().await;
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "login",
    max_age = "7D",
    version = 1,
    revocable(by(user)),
    state = App<Old, Gate>,
    hooks(on_update = updated)
)]
struct Old {
    user: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jwe, name = "login", max_age = "7D", version = 2, migrate(_), revocable(by(user)))]
struct New {
    user: u64,
    org: u64,
}

async fn updated(event: Update<'_, Old>) -> HookResult {
    match event.current().data.user {
        1 => event.state().act.refuse().await,
        _ => Ok(()),
    }
}

/// One `replace` is refused by its hook, another fails in the store, and an update came between them.
#[tokio::test]
async fn an_update_beside_a_refused_login_does_not_take_the_newer_cookie_s_place() {
    for pauses in PAUSES {
        let clock = TestClock::new();
        let store = FaultyStore::new(&clock);
        let new = New::config(key()).clock(clock.read()).store(store.clone()).build().unwrap();
        let config = Old::config(key()).clock(clock.read()).store(store.clone());
        let old = unjwt::build(config, |handle| App { handle, act: Gate::default() }).unwrap();
        let token = new.seal(&New { user: 7, org: 1 }).await.unwrap().token;
        let mut browser = browser("login", &token);
        let writing = request_to(&browser, &old);
        let manager = old.handle.manager(&writing).await.unwrap();

        let (one, two, three) = (manager.clone(), manager.clone(), manager.clone());
        let one = spawn(async move { one.replace(Old { user: 1 }).await.map(drop) });
        old.act.reached.notified().await;
        store.set(Fault::Out);
        let two = spawn(async move { two.replace(Old { user: 2 }).await.map(drop) });
        pause(pauses / 2).await;
        let three = spawn(async move { three.update_or_default(|old| old.user = 3).await.map(drop) });
        pause(pauses).await;
        old.act.open.notify_one();
        one.await.unwrap().unwrap_err();
        two.await.unwrap().unwrap_err();
        store.set(Fault::None);
        clock.seconds(5);
        three.await.unwrap().unwrap_err();

        assert!(finish(&writing, &mut browser).is_empty(), "{pauses}");
        clock.seconds(120);
        assert_eq!(new.get(&request(&browser)).await.unwrap().unwrap().data.org, 1, "{pauses}");
    }
}

/// An access session that is newer, of a login that the store is asked about again.
mod pair {
    use super::*;

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jwe, name = "login", max_age = "7D", revocable(by(user), recheck = "1s"))]
    pub struct Login {
        pub user: u64,
    }

    #[derive(Clone, Debug, Default, Serialize, Deserialize, Session)]
    #[session(
        jws,
        name = "access",
        max_age = "15m",
        login = Login,
        version = 1,
        state = Older,
        hooks(on_update = updated, renew = nothing)
    )]
    pub struct Access {
        pub user: u64,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jws, name = "access", max_age = "15m", login = Login, version = 2, migrate(_))]
    pub struct NewAccess {
        pub user: u64,
        pub org: u64,
    }

    impl From<&Login> for NewAccess {
        fn from(login: &Login) -> Self {
            Self { user: login.user, org: 2 }
        }
    }

    #[derive(Clone, SessionState)]
    pub struct Older {
        pub login: SessionHandle<Login>,
        pub access: SessionHandle<Access>,
        pub gate: Gate,
    }

    #[derive(Clone, SessionState)]
    pub struct Newer {
        pub login: SessionHandle<Login>,
        pub access: SessionHandle<NewAccess>,
    }

    async fn nothing(_: Renew<'_, Access>) -> HookResult {
        Ok(())
    }

    async fn updated(event: Update<'_, Access>) -> HookResult {
        match event.current().data.user {
            1 => event.state().gate.refuse().await,
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn an_update_that_asks_for_the_login_meanwhile_does_not_take_the_newer_cookie_s_place() {
    use pair::{Access, Login, NewAccess, Newer, Older};
    for pauses in PAUSES {
        let clock = TestClock::new();
        let store = FaultyStore::new(&clock);
        let login = || Login::config(key()).clock(clock.read()).store(store.clone());
        let access_key = || JwsKey::secret([8; 32]);
        let newer = (login(), NewAccess::config(access_key()).clock(clock.read()));
        let newer = unjwt::build(newer, |(login, access)| Newer { login, access }).unwrap();
        let older = (login(), Access::config(access_key()).clock(clock.read()));
        let older =
            unjwt::build(older, |(login, access)| Older { login, access, gate: Gate::default() }).unwrap();

        let signing_in = RequestContext::with_state(&http::HeaderMap::new(), newer.clone());
        let manager = newer.login.manager(&signing_in).await.unwrap();
        let mut browser = browser("login", &manager.replace(Login { user: 7 }).await.unwrap().token);
        let manager = newer.access.manager(&signing_in).await.unwrap();
        let access = manager.replace(NewAccess { user: 7, org: 2 }).await.unwrap();
        browser.cookies.insert("access".to_owned(), access.token.to_string());

        let writing = request_to(&browser, &older);
        let manager = older.access.manager(&writing).await.unwrap();
        let (one, two) = (manager.clone(), manager.clone());
        let one = spawn(async move { one.replace(Access { user: 1 }).await.map(drop) });
        older.gate.reached.notified().await;
        clock.seconds(30);
        let two = spawn(async move { two.update_or_default(|access| access.user = 3).await.map(drop) });
        pause(pauses).await;
        older.gate.open.notify_one();
        one.await.unwrap().unwrap_err();
        two.await.unwrap().unwrap_err();

        assert!(finish(&writing, &mut browser).is_empty(), "{pauses}");
        let reading = request_to(&browser, &newer);
        let access = newer.access.get(&reading).await.unwrap().unwrap();
        assert_eq!((access.version(), access.data.org), (2, 2), "{pauses}");
    }
}
