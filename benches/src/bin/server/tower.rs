//! tower-sessions: an id in the cookie, and the claims in a store, in this process or in Redis.
//!
//! `/revocable` has the id as it is, which is the default; below the others it is signed or encrypted as well.

/// The routes of one version of the crate.
macro_rules! routes {
    ($tower_sessions:ident) => {
        use axum::Router;
        use axum::http::StatusCode;
        use axum::routing::get;
        use unjwt_benches::claims::Stamped;
        use unjwt_benches::routes::ANSWER;
        use $tower_sessions::cookie::Key;
        use $tower_sessions::{Session, SessionManagerLayer, SessionStore};

        const MEMBER: &str = "account";

        async fn claims(session: &Session) -> Result<Option<Stamped>, StatusCode> {
            session.get(MEMBER).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
        }

        async fn read(session: Session) -> Result<String, StatusCode> {
            Ok(claims(&session).await?.ok_or(StatusCode::UNAUTHORIZED)?.sub)
        }

        async fn anonymous(session: Session) -> Result<String, StatusCode> {
            Ok(claims(&session).await?.map_or_else(|| ANSWER.to_owned(), |claims| claims.sub))
        }

        async fn update(session: Session) -> Result<String, StatusCode> {
            let mut claims = claims(&session).await?.ok_or(StatusCode::UNAUTHORIZED)?;
            claims.visits += 1;
            insert(&session, &claims).await?;
            Ok(claims.sub)
        }

        async fn insert(session: &Session, claims: &Stamped) -> Result<(), StatusCode> {
            session.insert(MEMBER, claims).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
        }

        async fn login<const LEN: usize>(session: Session) -> Result<(), StatusCode> {
            insert(&session, &Stamped::with_json_len(LEN)).await
        }

        fn over(store: impl SessionStore + Clone) -> Router {
            let layer = || SessionManagerLayer::new(store.clone());
            let signed = Router::new()
                .route("/hs256", get(read))
                .route("/chunked", get(read))
                .route("/anonymous", get(anonymous))
                .route("/update", get(update))
                .route("/login/hs256", get(login::<200>))
                .route("/login/chunked", get(login::<{ 12 * 1024 }>))
                .route("/login/update", get(login::<200>))
                .layer(layer().with_signed(Key::from(&[7; 64])));
            let private = Router::new()
                .route("/dir", get(read))
                .route("/login/dir", get(login::<200>))
                .layer(layer().with_private(Key::from(&[7; 64])));
            let plain = Router::new()
                .route("/revocable", get(read))
                .route("/login/revocable", get(login::<200>))
                .layer(layer());
            signed.merge(private).merge(plain)
        }
    };
}

pub(crate) mod memory {
    use tower_sessions::MemoryStore;

    routes!(tower_sessions);

    pub(crate) fn routes() -> Router {
        over(MemoryStore::default())
    }
}

pub(crate) mod redis {
    use tower_sessions_redis_store::RedisStore;
    use tower_sessions_redis_store::fred::prelude::{ClientLike as _, Config, Pool};

    routes!(tower_sessions_0_14);

    /// As many as the store's example has.
    const CONNECTIONS: usize = 6;

    pub(crate) async fn routes(url: &str) -> Router {
        let config = Config::from_url(url).expect("an address");
        let pool = Pool::new(config, None, None, None, CONNECTIONS).expect("connections");
        pool.init().await.expect("a server");
        over(RedisStore::new(pool))
    }
}
