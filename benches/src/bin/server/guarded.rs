//! session-guard with its `MemoryStore`: a token in the cookie, and its subject in this process.
//!
//! A session has no payload beside its subject, which is any type: here it is all claims, so that the same bytes are read.
//! They cannot be changed, so there is no `/update`; and its layer refuses requests without a session, so there is no
//! `/anonymous`.

use axum::Router;
use axum::routing::get;
use session_guard::{AuthSession, Guard, GuardConfig, GuardError, MemoryStore, NewSession, Sessions};
use unjwt_benches::claims::Stamped;

async fn read(session: AuthSession<Stamped>) -> String {
    session.subject.sub
}

async fn login<const LEN: usize>(
    sessions: Sessions<MemoryStore, Stamped>,
) -> Result<(NewSession, ()), GuardError> {
    Ok((sessions.login(&Stamped::with_json_len(LEN)).await?, ()))
}

pub(crate) fn routes() -> Router {
    let guard = Guard::builder(MemoryStore::new(), GuardConfig::default()).subject::<Stamped>().build();
    Router::new()
        .route("/revocable", get(read))
        .route("/chunked", get(read))
        // Only on these routes, or others would be refused before they are not found.
        .route_layer(guard.layer())
        .route("/login/revocable", get(login::<200>))
        .route("/login/chunked", get(login::<{ 12 * 1024 }>))
        .with_state(guard)
}
