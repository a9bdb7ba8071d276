//! Asking for the password again.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::WWW_AUTHENTICATE;
use axum::routing::{get, post};
use unjwt::{Fresh, JweKey, NumericDate, RejectionKind, SessionHandle, SessionManager, SessionRejection};

use crate::service::{Login, user};
use crate::support::store::FaultyStore;
use crate::support::{Browser, TestClock};

#[tokio::test]
async fn an_older_sign_in_is_challenged_as_rfc_9470_says() {
    let clock = TestClock::new();
    let config = Login::config(JweKey::secret([7; 32])).clock(clock.read()).store(FaultyStore::new(&clock));
    let (router, logins) = unjwt::install_returning_state(config, |logins: SessionHandle<Login>| {
        let routes = Router::new()
            .route("/sensitive", get(|login: Fresh<Login, 300>| async move { login.data.user.to_string() }))
            .route(
                "/why",
                get(|login: Result<Fresh<Login, 300>, SessionRejection>| async move {
                    let rejection = login.unwrap_err();
                    assert_eq!(rejection.kind(), RejectionKind::NotFresh);
                    assert!(rejection.needs_sign_in());
                    rejection.error().code()
                }),
            );
        (routes, logins)
    })
    .unwrap();
    let browser = Browser::with(&logins.cookie_header(&user(7)).unwrap());
    let send = async |path: &str, browser: &Browser| browser.clone().get(&router, path).await;
    clock.seconds(300);
    assert_eq!(send("/sensitive", &browser).await.body, "7");
    clock.seconds(1);
    let refused = send("/sensitive", &browser).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        refused.headers[WWW_AUTHENTICATE],
        "Bearer error=\"insufficient_user_authentication\", error_description=\"A more recent authentication is \
         required\", max_age=\"300\""
    );
    assert_eq!(send("/why", &browser).await.body, "ERR_SESSION_NOT_FRESH");
    let nobody = send("/sensitive", &Browser::default()).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    assert_eq!(nobody.headers[WWW_AUTHENTICATE], "Bearer");
}

#[tokio::test]
async fn a_session_that_comes_from_elsewhere_is_as_old_as_its_sign_in() {
    let clock = TestClock::new();
    let config = Login::config(JweKey::secret([7; 32])).clock(clock.read()).store(FaultyStore::new(&clock));
    let begin = async |State(logins): State<SessionHandle<Login>>,
                       manager: SessionManager<Login>,
                       Path(age): Path<u64>| {
        let at = NumericDate::from_secs(logins.now().as_secs().wrapping_sub(age));
        let begun = manager.replace(user(7)).signed_in_at(at).await?;
        // What keeps its login keeps its sign-in.
        let kept = manager.rotate().signed_in_at(logins.now()).await?;
        assert_eq!(kept.auth_time(), begun.auth_time());
        Ok::<_, unjwt::Error>(begun.auth_time().as_secs().abs_diff(logins.now().as_secs()).to_string())
    };
    let (router, _) = unjwt::install_returning_state(config, |logins: SessionHandle<Login>| {
        let sensitive = get(|login: Fresh<Login, 300>| async move { login.data.user.to_string() });
        (Router::new().route("/begin/{age}", post(begin)).route("/sensitive", sensitive), logins)
    })
    .unwrap();
    for (age, is_fresh) in [(0, true), (300, true), (301, false)] {
        let mut browser = Browser::default();
        assert_eq!(browser.post(&router, &format!("/begin/{age}")).await.body, age.to_string());
        let status = browser.get(&router, "/sensitive").await.status.as_u16();
        assert_eq!(status, if is_fresh { 200 } else { 401 }, "{age}");
    }
    // A clock of the provider's that runs ahead: nobody signed in tomorrow.
    let ahead = format!("/begin/{}", u64::MAX - 86_399);
    assert_eq!(Browser::default().post(&router, &ahead).await.body, "0");
}
