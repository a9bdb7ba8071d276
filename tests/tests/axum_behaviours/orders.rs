//! One request has one session, regardless of the order and form in which it is accessed.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{self, FromRequestParts, State};
use axum::routing::any;
use axum::{RequestPartsExt as _, Router};
use http::header::COOKIE;
use http::request::Parts;
use http::{HeaderValue, Request, StatusCode};
use serde::{Deserialize, Serialize};
use unjwt::{
    Current, JwsKey, RejectionKind, Session, SessionHandle, SessionManager, SessionRejection, SessionState,
};

use super::SECRET;
use super::support::{Reply, TestClock, reply};

macro_rules! session {
    ($name:ident $cookie:literal) => {
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
        #[session(jws, name = $cookie, max_age = "1h", cookie(chunk_max_length = 500, max_chunks = 6))]
        struct $name {
            sub: String,
        }
    };
}

session!(First "first");
session!(Second "second");

#[derive(Clone, SessionState)]
struct App {
    first: SessionHandle<First>,
    second: SessionHandle<Second>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Asking {
    Data,
    Option,
    Current,
    Manager,
}

const FORMS: [Asking; 4] = [Asking::Data, Asking::Option, Asking::Current, Asking::Manager];

/// Returns the session as the form reports it: its `sub`, or the reason why there is none, if the form has
/// one.
async fn ask(parts: &mut Parts, app: &App, form: Asking) -> Result<String, Option<RejectionKind>> {
    fn told<T>(asked: Result<T, SessionRejection>) -> Result<T, Option<RejectionKind>> {
        asked.map_err(|rejection| Some(rejection.kind()))
    }
    match form {
        Asking::Data => told(First::from_request_parts(parts, app).await).map(|data| data.sub),
        Asking::Option => {
            let data: Option<First> = parts.extract_with_state(app).await.unwrap();
            data.map(|data| data.sub).ok_or(None)
        }
        Asking::Current => told(Current::<First>::from_request_parts(parts, app).await)
            .map(|current| current.data.sub.clone()),
        Asking::Manager => {
            let manager: SessionManager<First> = parts.extract_with_state(app).await.unwrap();
            manager.current().map(|current| current.data.sub.clone()).ok_or(None)
        }
    }
}

fn app(clock: &TestClock, routes: Router<App>) -> Router {
    let configs = (
        First::config(JwsKey::secret(SECRET)).clock(clock.read()),
        Second::config(JwsKey::secret(SECRET)).clock(clock.read()),
    );
    unjwt::install(configs, |(first, second)| (routes, App { first, second })).unwrap()
}

fn cookie(clock: &TestClock, sub: &str) -> HeaderValue {
    let tokens = First::config(JwsKey::secret(SECRET)).clock(clock.read()).build().unwrap();
    tokens.cookie_header(&First { sub: sub.to_owned() }).unwrap()
}

async fn send(router: &Router, cookie: &HeaderValue) -> Reply {
    reply(router, Request::get("/").header(COOKIE, cookie)).await
}

#[tokio::test]
async fn all_forms_tell_one_session_in_every_order() {
    let clock = TestClock::new();
    let expired = cookie(&clock, "late");
    clock.seconds(3600);
    let long = "x".repeat(1200);
    let cookies: [(HeaderValue, Result<&str, RejectionKind>); 5] = [
        (cookie(&clock, "ada"), Ok("ada")),
        (cookie(&clock, &long), Ok(&long)),
        (HeaderValue::from_static("other=1"), Err(RejectionKind::Absent)),
        (HeaderValue::from_static("first=nonsense"), Err(RejectionKind::Rejected)),
        (expired, Err(RejectionKind::Expired)),
    ];
    let mut asked = 0;
    for one in FORMS {
        for two in FORMS {
            for three in FORMS {
                let handler = async move |State(app): State<App>, request: extract::Request| {
                    let mut parts = request.into_parts().0;
                    let mut answers = Vec::new();
                    for form in [one, two, three] {
                        answers.push(ask(&mut parts, &app, form).await);
                    }
                    format!("{answers:?}")
                };
                let router = app(&clock, Router::new().route("/", any(handler)));
                for (cookie, wanted) in &cookies {
                    let answer = |form| match wanted {
                        Ok(sub) => Ok((*sub).to_owned()),
                        Err(kind) if matches!(form, Asking::Data | Asking::Current) => Err(Some(*kind)),
                        Err(_) => Err(None),
                    };
                    let reply = send(&router, cookie).await;
                    assert_eq!(reply.body, format!("{:?}", [one, two, three].map(answer)));
                    assert_eq!(reply.vary(), "cookie, x-first-session");
                    let removed = reply.set_cookies().iter().filter(|cookie| cookie.removes()).count();
                    assert_eq!(
                        removed > 0,
                        *wanted == Err(RejectionKind::Expired),
                        "{one:?} {two:?} {three:?}"
                    );
                    asked += 1;
                }
            }
        }
    }
    assert_eq!(asked, 4 * 4 * 4 * 5);
}

#[tokio::test]
async fn what_was_handed_out_is_written_and_ended_like_any_other() {
    let clock = TestClock::new();
    for form in FORMS {
        let writing = async move |State(app): State<App>, request: extract::Request| {
            let (mut parts, _) = request.into_parts();
            let _ = ask(&mut parts, &app, form).await;
            let manager: SessionManager<First> = parts.extract_with_state(&app).await.unwrap();
            manager.update_with(|data| data.sub.push_str(" again")).await?;
            Ok::<_, unjwt::Error>(ask(&mut parts, &app, form).await.unwrap())
        };
        let ending = async move |State(app): State<App>, request: extract::Request| {
            let (mut parts, _) = request.into_parts();
            let _ = ask(&mut parts, &app, form).await;
            let manager: SessionManager<First> = parts.extract_with_state(&app).await.unwrap();
            manager.clear().await.unwrap();
            format!("{:?}", ask(&mut parts, &app, form).await)
        };
        let written =
            send(&app(&clock, Router::new().route("/", any(writing))), &cookie(&clock, "ada")).await;
        assert_eq!((written.status, written.body.as_str()), (StatusCode::OK, "ada again"), "{form:?}");
        assert_eq!(written.set_cookies().len(), 1, "{form:?}");

        // Chunks that the reading saw are removed when the session is ended.
        let ended =
            send(&app(&clock, Router::new().route("/", any(ending))), &cookie(&clock, &"x".repeat(1200)))
                .await;
        let told =
            if matches!(form, Asking::Data | Asking::Current) { "Err(Some(Cleared))" } else { "Err(None)" };
        assert_eq!(ended.body, told, "{form:?}");
        let names: Vec<String> = ended.set_cookies().into_iter().map(|cookie| cookie.name).collect();
        assert!(names.iter().any(|name| name == "first.4"), "{form:?}: {names:?}");
    }
}

#[tokio::test]
async fn two_sessions_of_one_request_are_two_and_named_once() {
    let clock = TestClock::new();
    let handler = async |first: Option<First>, second: Option<Second>, again: Option<First>| {
        format!("{:?} {:?} {}", first.is_some(), second.is_some(), first == again)
    };
    let router = app(&clock, Router::new().route("/", any(handler)));
    let reply = send(&router, &cookie(&clock, "ada")).await;
    assert_eq!(reply.body, "true false true");
    let vary = reply.vary();
    let mut named: Vec<&str> = vary.split(", ").collect();
    named.sort_unstable();
    assert_eq!(named, ["cookie", "x-first-session", "x-second-session"]);
}

#[tokio::test]
async fn two_builds_of_one_session_are_two_sessions_of_a_request() {
    let clock = TestClock::new();
    let build = |secret: [u8; 32]| {
        let configs = (
            First::config(JwsKey::secret(secret)).clock(clock.read()),
            Second::config(JwsKey::secret(secret)).clock(clock.read()),
        );
        let mut state = None;
        let router = unjwt::install(configs, |(first, second)| {
            let app = App { first, second };
            state = Some(app.clone());
            (Router::<App>::new(), app)
        });
        drop(router.unwrap());
        state.unwrap()
    };
    let other = build([8; 32]);
    for one in FORMS {
        for two in FORMS {
            let other = other.clone();
            let handler = async move |State(app): State<App>, request: extract::Request| {
                let mut parts = request.into_parts().0;
                let mut answers = Vec::new();
                for (app, form) in [(&app, one), (&other, two), (&app, two), (&other, one)] {
                    answers.push(ask(&mut parts, app, form).await.is_ok());
                }
                // Ending one session leaves the other.
                let manager: SessionManager<First> = parts.extract_with_state(&other).await.unwrap();
                manager.clear().await.unwrap();
                answers.push(ask(&mut parts, &app, one).await.is_ok());
                format!("{answers:?}")
            };
            let reply =
                send(&app(&clock, Router::new().route("/", any(handler))), &cookie(&clock, "ada")).await;
            assert_eq!(reply.body, "[true, false, true, false, true]", "{one:?} {two:?}");
            assert_eq!(reply.vary(), "cookie, x-first-session");
        }
    }
}

/// A member that no payload has, and that is different at each reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "form", max_age = "1h")]
struct Form {
    sub: String,
    #[serde(default = "nonce")]
    nonce: u32,
}

fn nonce() -> u32 {
    static LAST: AtomicU32 = AtomicU32::new(0);
    LAST.fetch_add(1, Ordering::Relaxed)
}

/// The token of a struct that had no `nonce` yet.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "form", max_age = "1h")]
struct OldForm {
    sub: String,
}

#[tokio::test]
async fn a_member_that_a_function_makes_is_one_in_a_request() {
    let handler = async |first: Form, second: Option<Form>, third: Current<Form>| {
        (Some(&first) == second.as_ref() && first == *third.data).to_string()
    };
    let routes = |form| (Router::new().route("/", any(handler)), form);
    let router =
        unjwt::install(Form::config(JwsKey::secret(SECRET)), |form: SessionHandle<Form>| routes(form))
            .unwrap();
    let old = OldForm::config(JwsKey::secret(SECRET)).build().unwrap();
    let cookie = old.cookie_header(&OldForm { sub: "ada".to_owned() }).unwrap();
    assert_eq!(send(&router, &cookie).await.body, "true");
}
