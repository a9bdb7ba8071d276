//! A request to a router with many sessions, of which its handler uses the first.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use tower::Service as _;
use unjwt::{JwsKey, Session, SessionHandle, SessionState};
use unjwt_benches::ours::now;

use crate::{Group, point};

macro_rules! session {
    ($($session:ident $name:literal,)+) => {
        $(#[derive(Clone, Serialize, Deserialize, Session)]
        #[session(jws, name = $name, max_age = "7D")]
        struct $session {
            sub: String,
        })+
    };
}

session!(
    S1 "s-one", S2 "s-two", S3 "s-three", S4 "s-four", S5 "s-five", S6 "s-six", S7 "s-seven", S8 "s-eight",
    S9 "s-nine", S10 "s-ten", S11 "s-eleven", S12 "s-twelve", S13 "s-thirteen", S14 "s-fourteen", S15 "s-fifteen",
    S16 "s-sixteen", S17 "s-seventeen", S18 "s-eighteen", S19 "s-nineteen", S20 "s-twenty",
);

macro_rules! application {
    ($state:ident $router:ident: $($session:ident $field:ident),+) => {
        #[derive(SessionState)]
        struct $state {
            $($field: SessionHandle<$session>,)+
        }

        fn $router(key: &JwsKey) -> Router {
            let configs = ($($session::config(key.clone()),)+);
            unjwt::install(configs, |($($field,)+)| {
                (Router::new().route("/", get(handler)), Arc::new($state { $($field,)+ }))
            })
            .expect("sound configurations")
        }
    };
}

application!(One one: S1 a);
application!(Five five: S1 a, S2 b, S3 c, S4 d, S5 e);
application!(Ten ten: S1 a, S2 b, S3 c, S4 d, S5 e, S6 f, S7 g, S8 h, S9 i, S10 j);
application!(
    Twenty twenty: S1 a, S2 b, S3 c, S4 d, S5 e, S6 f, S7 g, S8 h, S9 i, S10 j, S11 k, S12 l, S13 m, S14 n, S15 o,
    S16 p, S17 q, S18 r, S19 s, S20 t
);

async fn handler(session: S1) -> String {
    session.sub
}

pub(super) fn sessions(group: &mut Group<'_>) {
    let key = JwsKey::secret([7; 32]);
    let tokens = S1::config(key.clone()).build().expect("a sound configuration");
    let cookie = tokens.cookie_header(&S1 { sub: "a3f81c52".into() }).expect("it fits");
    for (count, router) in [(1, one(&key)), (5, five(&key)), (10, ten(&key)), (20, twenty(&key))] {
        point(group, "HS256 through the router", count, || answer(&router, Some(&cookie)));
        point(group, "no cookie", count, || answer(&router, None));
    }
}

fn answer(router: &Router, cookie: Option<&HeaderValue>) {
    let mut request = Request::new(Body::empty());
    if let Some(cookie) = cookie {
        request.headers_mut().insert("cookie", cookie.clone());
    }
    let response = now(router.clone().call(request)).expect("an answer");
    assert_eq!(response.status().is_success(), cookie.is_some());
}
