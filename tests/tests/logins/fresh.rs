//! Asking for the password again.

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::WWW_AUTHENTICATE;
use axum::routing::get;
use unjwt::{Fresh, JweKey, RejectionKind, SessionHandle, SessionRejection};

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
                    assert!(!rejection.is_unauthenticated(), "it has a session");
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
