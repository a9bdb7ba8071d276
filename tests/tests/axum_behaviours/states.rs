use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::routing::get;
use http::StatusCode;
use unjwt::{JweKey, SessionHandle, SessionState};

use super::{SECRET, User, logged_in};

#[derive(Clone)]
struct Greeting(&'static str);

#[derive(SessionState)]
struct Shared {
    users: SessionHandle<User>,
    greeting: Greeting,
}

impl FromRef<Arc<Shared>> for Greeting {
    fn from_ref(shared: &Arc<Shared>) -> Self {
        shared.greeting.clone()
    }
}

#[derive(Clone, FromRef, SessionState)]
struct Cloned {
    users: SessionHandle<User>,
    greeting: Greeting,
}

/// The handle is there for more than the extractors: it makes tokens.
async fn own_cookie(State(users): State<SessionHandle<User>>, user: User) -> String {
    assert!(users.cookie_header(&user).is_ok());
    user.sub
}

async fn greet(State(Greeting(greeting)): State<Greeting>, user: User) -> String {
    format!("{greeting} {}", user.sub)
}

#[tokio::test]
async fn the_state_its_parts_and_the_session_are_arguments_of_one_handler() {
    let whole = async |State(shared): State<Arc<Shared>>, State(part): State<Greeting>, user: User| {
        assert_eq!(shared.greeting.0, part.0);
        format!("{} {}", part.0, user.sub)
    };
    let config = || User::config(JweKey::secret(SECRET));
    let shared = unjwt::install(config(), |users| {
        let router = Router::new().route("/whole", get(whole)).route("/part", get(greet));
        (router, Arc::new(Shared { users, greeting: Greeting("hello") }))
    });
    let cloned = unjwt::install(config(), |users| {
        let router = Router::new().route("/part", get(greet)).route("/own", get(own_cookie));
        (router, Cloned { users, greeting: Greeting("hello") })
    });
    let (shared, cloned) = (shared.unwrap(), cloned.unwrap());
    let mut ada = logged_in("ada");
    for (router, path, answer) in [
        (&shared, "/whole", "hello ada"),
        (&shared, "/part", "hello ada"),
        (&cloned, "/part", "hello ada"),
        (&cloned, "/own", "ada"),
    ] {
        let reply = ada.get(router, path).await;
        assert_eq!((reply.status, reply.body.as_str()), (StatusCode::OK, answer), "{path}");
    }
}
