//! Renewals while a store or a hook is out, and in requests that take long.

use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookError, HookResult, Reuse, Update};
use unjwt::{ErrorKind, JweKey, JwsKey, RequestContext, Session, SessionConfigs, SessionHandle, Tokens};

use crate::support::store::{Fault, FaultyStore};
use crate::support::{Browser, TestClock, json_segment};

const STEP: u64 = 20 * 60;

/// A login, and a session of 15 minutes that belongs to it.
macro_rules! pair {
    ($login:ident, $short:ident, $name:literal, $access:literal, ($($setting:tt)*), ($($own:tt)*)) => {
        #[derive(Clone, Serialize, Deserialize, Session)]
        #[session(jwe, name = $name, max_age = "7D", $($setting)*)]
        struct $login {
            user: u64,
        }

        #[derive(Clone, Serialize, Deserialize, Session)]
        #[session(jwe, name = $access, max_age = "15m", login = $login $($own)*)]
        struct $short {
            user: u64,
        }

        impl From<&$login> for $short {
            fn from(login: &$login) -> Self {
                Self { user: login.user }
            }
        }
    };
}

/// The handles of a pair in one process.
macro_rules! built {
    ($login:ident, $short:ident, $store:expr, $clock:expr) => {
        (
            $login::config(JweKey::secret([7; 32])).clock($clock.read()),
            $short::config(JweKey::secret([7; 32])).clock($clock.read()),
        )
            .store($store.clone())
            .build()
            .unwrap()
    };
}

/// A browser that has signed in.
macro_rules! begun {
    ($tokens:expr, $data:expr) => {{
        let mut browser = Browser::default();
        let context = RequestContext::new(&HeaderMap::new());
        $tokens.replace(&context, $data).await.unwrap();
        answer(&context, &mut browser);
        browser
    }};
}

/// Reads the session of a browser's request.
macro_rules! read {
    ($tokens:expr, $browser:expr) => {{
        let context = RequestContext::new(&$browser.request_headers());
        let found = $tokens.get(&context).await;
        answer(&context, $browser);
        found.map(|found| found.is_some()).map_err(|error| error.kind())
    }};
}

fn answer(context: &RequestContext, browser: &mut Browser) {
    let mut response = HeaderMap::new();
    context.finish(&mut response);
    browser.take(&response);
}

pair!(
    Hooked,
    HookedShort,
    "hl",
    "hs",
    (revocable(by(user)), rotation, hooks(on_reuse = reuse_out, on_update = update_out)),
    ()
);
pair!(Long, LongShort, "ll", "ls", (revocable(by(user)), rotation), (, revocable = false));
pair!(Still, StillShort, "nl", "ns", (revocable(by(user))), (, revocable = false));
pair!(Lazy, LazyShort, "kl", "ks", (revocable(by(user), recheck = "1h"), rotation), ());

static UPDATES_FAIL: AtomicU64 = AtomicU64::new(0);

async fn reuse_out(_: Reuse<'_, Hooked>) -> HookResult {
    Err(HookError::unavailable("the mail server is out"))
}

async fn update_out(event: Update<'_, Hooked>) -> HookResult {
    match UPDATES_FAIL.load(Ordering::SeqCst) == event.current().data.user {
        true => Err(HookError::unavailable("the database is out")),
        false => Ok(()),
    }
}

#[tokio::test]
async fn a_copy_is_not_served_because_on_reuse_is_out() {
    let clock = TestClock::new();
    let store = FaultyStore::new(&clock);
    let (login, access) = built!(Hooked, HookedShort, store, clock);
    let mut owner = begun!(login, Hooked { user: 7 });
    let copy = owner.cookies["hl"].clone();
    let thief = || {
        let mut thief = Browser::default();
        thief.cookies.insert("hl".into(), copy.clone());
        thief
    };
    for _ in 0..2 {
        clock.seconds(STEP);
        owner.cookies.remove("hs");
        assert_eq!(read!(access, &mut owner), Ok(true));
    }
    // Tolerated within the window, and remembered as checked.
    clock.seconds(29);
    assert_eq!(read!(access, &mut thief()), Ok(true));
    clock.seconds(2);
    assert_eq!(read!(access, &mut thief()), Err(ErrorKind::Unavailable));
    assert_eq!(read!(access, &mut thief()), Ok(false));
}

#[tokio::test]
async fn an_on_update_that_is_out_is_an_outage() {
    let clock = TestClock::new();
    let store = FaultyStore::new(&clock);
    let (login, access) = built!(Hooked, HookedShort, store, clock);
    let mut owner = begun!(login, Hooked { user: 11 });
    clock.seconds(STEP);
    UPDATES_FAIL.store(11, Ordering::SeqCst);
    assert_eq!(read!(access, &mut owner), Err(ErrorKind::Unavailable));
}

/// A request that read its login long ago makes no session of it after its end.
macro_rules! a_long_request {
    ($login:ident, $short:ident, $cookie:literal, $header:expr, $is_out:expr) => {{
        let clock = TestClock::new();
        let store = FaultyStore::new(&clock);
        let elsewhere = store.elsewhere();
        let (login, access) = built!($login, $short, store, clock);
        let (login_there, _): (_, SessionHandle<$short>) = built!($login, $short, elsewhere, clock);
        let owner = begun!(login, $login { user: 7 });
        clock.seconds(STEP);
        let mut headers = owner.request_headers();
        if let Some(header) = $header {
            headers = HeaderMap::new();
            headers.insert::<&'static str>(header, owner.cookies[$cookie].parse().unwrap());
        }
        let request = RequestContext::new(&headers);
        assert!(login.get(&request).await.unwrap().is_some());
        login_there.clear(&RequestContext::new(&owner.request_headers())).await.unwrap();
        clock.seconds(STEP);
        if $is_out {
            store.set(Fault::Out);
        }
        let found = access.get(&request).await.map(|found| found.is_some()).map_err(|error| error.kind());
        let expected = if $is_out { Err(ErrorKind::Unavailable) } else { Ok(false) };
        assert_eq!(found, expected, "{} of {:?}", stringify!($login), $header as Option<&str>);
    }};
}

#[tokio::test]
async fn a_long_request_makes_no_session_of_a_login_that_has_ended() {
    for is_out in [false, true] {
        a_long_request!(Long, LongShort, "ll", None, is_out);
        a_long_request!(Long, LongShort, "ll", Some("x-ll-session"), is_out);
        a_long_request!(Still, StillShort, "nl", None, is_out);
    }
}

#[tokio::test]
async fn a_store_that_answers_again_renews() {
    let clock = TestClock::new();
    let store = FaultyStore::new(&clock);
    let (login, access) = built!(Lazy, LazyShort, store, clock);
    let mut browser = begun!(login, Lazy { user: 7 });
    clock.seconds(60);
    store.set(Fault::NotWriting);
    assert_eq!(read!(access, &mut browser), Ok(true));
    store.set(Fault::None);
    let first = browser.cookies["kl"].clone();
    clock.seconds(STEP);
    assert_eq!(read!(access, &mut browser), Ok(true));
    assert_ne!(
        browser.cookies["kl"], first,
        "the login is known to live for an hour, and is renewed nevertheless"
    );
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jws,
    name = "rv",
    max_age = "7D",
    revocable(by(user), outage = "serve(15m)"),
    rotation,
    renew_after = "1D"
)]
struct Served {
    user: u64,
}

fn served(store: &FaultyStore, clock: &TestClock) -> Tokens<Served> {
    Served::config(JwsKey::secret([8; 32])).clock(clock.read()).store(store.clone()).build().unwrap()
}

/// A `rotate()` succeeds where an `update` would.
#[tokio::test]
async fn a_rotation_by_hand_needs_no_store_within_what_the_attribute_grants() {
    for (after, expected) in [(5, Ok(())), (900, Ok(())), (901, Err(ErrorKind::Unavailable))] {
        let clock = TestClock::new();
        let store = FaultyStore::new(&clock);
        let tokens = served(&store, &clock);
        let browser = begun!(tokens, Served { user: 7 });
        let context = RequestContext::new(&browser.request_headers());
        let session = tokens.manager(&context).await.unwrap();
        clock.seconds(after);
        store.set(Fault::Out);
        let rotated = session.rotate().await.map(|_| ()).map_err(|error| error.kind());
        assert_eq!(rotated, expected, "{after}");
    }
}

#[tokio::test]
async fn a_rotation_beside_a_new_login_leaves_it_its_generation() {
    let clock = TestClock::new();
    let store = FaultyStore::new(&clock);
    let tokens = served(&store, &clock);
    let mut browser = begun!(tokens, Served { user: 7 });
    for is_last in [false, false, false, true] {
        clock.seconds(100);
        let context = RequestContext::new(&browser.request_headers());
        let session = tokens.manager(&context).await.unwrap();
        if is_last {
            let (_, replaced) = tokio::join!(session.rotate(), session.replace(Served { user: 8 }));
            replaced.unwrap();
        } else {
            session.rotate().await.unwrap();
        }
        answer(&context, &mut browser);
    }
    let claims = json_segment(&browser.cookies["rv"], 1);
    assert_eq!((&claims["user"], &claims["gen"]), (&8.into(), &1.into()), "{claims}");
}
