//! The whole life cycle of sessions, with its log events recorded.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use http::{Request, StatusCode};
use serde::{Deserialize, Serialize};
use unjwt::hooks::{Clear, Expire, Failure, HookError, HookResult, KeyLookup, Read, Renew, Update};
use unjwt::{JweKey, Jwk, JwsKey, Session, SessionHandle, SessionManager, SessionState};
use unjwt_tests::told;

use super::craft::forged_for_a_password;
use super::heard::{heard, listen};
use super::secrets::Secrets;
use super::support::{Browser, TestClock, reply};

/// A claim that no log may show.
const CLAIM: &str = "ada.lovelace@example.com";
const PASSWORD: &str = "battery staple, horse correct";
const SECRET: [u8; 32] = *b"\x91\x02\xa3zq\x1f\x80\x17\xfe\xed\x0a\x0b\x0c\xd1\xd2\xd3\x41\x99\x88\x77\x66\x55\x44\x33\x22\x11\xaa\xbb\xcc\xdd\xee\xf0";

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jwe, name = "sealed", max_age = "1h", state = Arc<App>,
    hooks(on_read = read, on_update = update, on_clear = clear, on_expire = expire, on_error = error, renew = renew)
)]
struct Sealed {
    sub: String,
    notes: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "signed", max_age = "1h", state = Arc<App>, hooks(key_lookup = lookup))]
struct Signed {
    sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "user", max_age = "1h")]
struct Slow {
    sub: String,
}

#[derive(SessionState)]
struct App {
    sealed: SessionHandle<Sealed>,
    signed: SessionHandle<Signed>,
    slow: SessionHandle<Slow>,
    mood: AtomicU8,
}

const WELL: u8 = 0;
const FAILING: u8 = 1;
const REFUSING: u8 = 2;
const PANICKING: u8 = 3;

fn act(mood: &AtomicU8) -> HookResult {
    match mood.load(Ordering::SeqCst) {
        FAILING => Err(HookError::new("the store is down").with_status(StatusCode::BAD_GATEWAY)),
        PANICKING => panic!("a bug in a hook"),
        _ => Ok(()),
    }
}

async fn read(event: Read<'_, Sealed>) -> HookResult {
    if event.state().mood.load(Ordering::SeqCst) == REFUSING {
        event.refuse();
    }
    act(&event.state().mood)
}

async fn update(event: Update<'_, Sealed>) -> HookResult {
    act(&event.state().mood)
}

async fn clear(event: Clear<'_, Sealed>) -> HookResult {
    act(&event.state().mood)
}

async fn expire(event: Expire<'_, Sealed>) -> HookResult {
    act(&event.state().mood)
}

async fn error(event: Failure<'_, Sealed>) -> HookResult {
    act(&event.state().mood)
}

async fn renew(event: Renew<'_, Sealed>) -> HookResult {
    act(&event.state().mood)
}

/// Finds a key that cannot be used, while the hooks fail.
async fn lookup(event: KeyLookup<'_, Signed>) -> Result<Option<JwsKey>, HookError> {
    let short = event.state().mood.load(Ordering::SeqCst) == FAILING;
    Ok(short.then(|| JwsKey::secret(&SECRET[..31])))
}

async fn begin(
    sealed: SessionManager<Sealed>,
    signed: SessionManager<Signed>,
) -> Result<String, unjwt::Error> {
    let one = sealed.replace(Sealed { sub: CLAIM.to_owned(), notes: String::new() }).await?;
    let two = signed.replace(Signed { sub: CLAIM.to_owned() }).await?;
    Ok(format!("{} {}", one.token.as_str(), two.token.as_str()))
}

async fn rotate(sealed: SessionManager<Sealed>) -> Result<String, unjwt::Error> {
    sealed.update(SealedPatch { notes: Some("changed".to_owned()), ..SealedPatch::default() }).await?;
    Ok(sealed.rotate().await?.token.as_str().to_owned())
}

async fn overflow(sealed: SessionManager<Sealed>) -> Result<(), unjwt::Error> {
    sealed.update_with(|data| data.notes = CLAIM.repeat(2_000)).await.map(drop)
}

async fn end(sealed: SessionManager<Sealed>, signed: SessionManager<Signed>) -> Result<(), unjwt::Error> {
    sealed.clear().await?;
    signed.clear().await
}

async fn look(sealed: Option<Sealed>, signed: Option<Signed>) -> &'static str {
    if sealed.is_some() && signed.is_some() { "both" } else { "not both" }
}

async fn only_signed(signed: Signed) -> String {
    signed.sub
}

async fn slow(slow: Slow) -> String {
    slow.sub
}

async fn mood(State(app): State<Arc<App>>, mood: String) {
    app.mood.store(mood.parse().unwrap(), Ordering::SeqCst);
}

fn service(clock: &TestClock, signing: &Jwk) -> (Router, Arc<App>) {
    let mut kept = None;
    let router = unjwt::install(
        (
            Sealed::config(JweKey::secret(SECRET)).clock(clock.read()),
            Signed::config(JwsKey::from_jwk(signing.clone())).clock(clock.read()),
            Slow::config(JweKey::password(PASSWORD)).clock(clock.read()),
        ),
        |(sealed, signed, slow_handle)| {
            let app = Arc::new(App { sealed, signed, slow: slow_handle, mood: AtomicU8::new(WELL) });
            kept = Some(Arc::clone(&app));
            let router = Router::new()
                .route("/begin", post(begin))
                .route("/rotate", post(rotate))
                .route("/overflow", post(overflow))
                .route("/end", post(end))
                .route("/", get(look))
                .route("/signed", get(only_signed))
                .route("/slow", get(slow))
                .route("/mood", post(mood));
            (router, app)
        },
    );
    (router.unwrap(), kept.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_of_a_whole_life_holds_a_secret() {
    listen();
    let clock = TestClock::new();
    let signing = Jwk::generate("ES256").unwrap();
    let (router, app) = service(&clock, &signing);
    let mut secrets = Secrets::default();
    secrets.bytes("secret", &SECRET);
    secrets.bytes("password", PASSWORD.as_bytes());
    secrets.jwk(&signing);
    secrets.text("claim", CLAIM);

    // Made, read, changed.
    let mut browser = Browser::default();
    let made = browser.post(&router, "/begin").await.body;
    made.split(' ').for_each(|token| secrets.token("made", token));
    assert_eq!(browser.get(&router, "/").await.body, "both");
    secrets.token("rotated", &browser.post(&router, "/rotate").await.body);
    assert_eq!(browser.post(&router, "/overflow").await.status, StatusCode::PAYLOAD_TOO_LARGE);

    // Refused: forged, of another, incomplete, in the header.
    let mut forger = browser.clone();
    for name in ["sealed", "signed"] {
        let genuine = forger.cookies.get_mut(name).unwrap();
        let forged = format!("{}AAAA", &genuine[..genuine.len() - 4]);
        secrets.token("forged", &forged);
        *genuine = forged;
    }
    assert_eq!(forger.get(&router, "/").await.body, "not both");
    forger.cookies.insert("sealed".to_owned(), "__chunked__2".to_owned());
    assert_eq!(forger.get(&router, "/").await.body, "not both");
    let bearer =
        Request::get("/").header("x-sealed-session", format!("Bearer {}", made.split(' ').next().unwrap()));
    assert_eq!(reply(&router, bearer).await.body, "not both");

    // Hooks that fail, refuse and panic.
    for (mood, status) in [(FAILING, StatusCode::BAD_GATEWAY), (REFUSING, StatusCode::OK)] {
        app.mood.store(mood, Ordering::SeqCst);
        assert_eq!(browser.clone().get(&router, "/").await.status, status);
        let _ = browser.clone().post(&router, "/rotate").await;
        let _ = browser.clone().post(&router, "/end").await;
        let _ = forger.clone().get(&router, "/").await;
        // The look-up finds a key that cannot be used, which is the service's fault.
        let expected = if mood == FAILING { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK };
        assert_eq!(browser.clone().get(&router, "/signed").await.status, expected);
    }
    app.mood.store(PANICKING, Ordering::SeqCst);
    let (shaken, visitor) = (router.clone(), browser.clone());
    let outcome = tokio::spawn(async move { visitor.clone().get(&shaken, "/").await.status }).await;
    assert!(outcome.is_err_and(|error| error.is_panic()));
    app.mood.store(WELL, Ordering::SeqCst);
    assert_eq!(browser.clone().get(&router, "/").await.body, "both", "after the panic");

    // More derivations than may wait: each future is begun, none is waited for.
    let forged = (0..200).map(|salt| forged_for_a_password("PBES2-HS256+A128KW", 600_000, salt));
    let waker = Waker::noop();
    let mut begun = Vec::new();
    let mut overloaded = 0;
    for token in forged {
        secrets.token("forged password", &token);
        let request = Request::get("/slow").header("cookie", format!("user={token}"));
        let mut answer = Box::pin(reply(&router, request));
        match answer.as_mut().poll(&mut Context::from_waker(waker)) {
            Poll::Ready(reply) => {
                assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
                overloaded += 1;
            }
            Poll::Pending => begun.push(answer),
        }
    }
    assert!(overloaded > 0 && !begun.is_empty());
    drop(begun);

    // Expired, and ended.
    clock.seconds(3_601);
    assert_eq!(browser.clone().get(&router, "/").await.body, "not both");
    assert_eq!(browser.post(&router, "/end").await.status, StatusCode::OK);

    let log = heard();
    for line in [
        "session read",
        "outcome=\"valid\"",
        "outcome=\"expired\"",
        "outcome=\"absent\"",
        "outcome=\"ERR_JWE_DECRYPTION_FAILED\"",
        "outcome=\"ERR_JWS_SIGNATURE_INVALID\"",
        "outcome=\"ERR_SESSION_CHUNKS_INCOMPLETE\"",
        "session written",
        "session cleared",
        "session write failed",
        "code=\"ERR_SESSION_TOO_LARGE\"",
        "a session hook failed",
        "the store is down",
        "ERR_SESSION_REFUSED",
        "the `key_lookup` hook returned an unusable key",
    ] {
        assert!(log.contains(line), "`{line}` was not heard:\n{log}");
    }
    assert_eq!(secrets.within(&log), Vec::<&str>::new(), "{log}");
    told!("{} forms of secrets are in none of {} lines", secrets.count(), log.lines().count());
}
