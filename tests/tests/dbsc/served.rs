//! A service that serves its logins during an outage, has a slow route, and writes the bound session itself.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use unjwt::testing::{TestClock, TestStore};
use unjwt::{Current, JweKey, Session, SessionConfigs as _, SessionHandle, SessionManager, SessionState};

type Done = Result<StatusCode, unjwt::Error>;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "login", max_age = "30D", revocable(outage = "serve(15m)"))]
pub struct Login {
    pub user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "access", max_age = "10m", login = Login, bind = "dbsc")]
pub struct Access {
    pub user: u64,
}

impl From<&Login> for Access {
    fn from(login: &Login) -> Self {
        Self { user: login.user }
    }
}

#[derive(Clone, SessionState)]
pub struct App {
    login: SessionHandle<Login>,
    access: SessionHandle<Access>,
}

/// The pauses of a slow handler.
#[derive(Clone, Default)]
pub struct Slow {
    pub entered: Arc<Notify>,
    pub go_on: Arc<Notify>,
}

pub fn router(clock: &TestClock, store: &TestStore, slow: &Slow) -> Router {
    let configs = (Login::config(JweKey::secret([7; 32])), Access::config(JweKey::secret([8; 32])))
        .clock(clock.source());
    let slow = slow.clone();
    let update = async move |login: SessionManager<Login>| -> Done {
        slow.entered.notify_one();
        slow.go_on.notified().await;
        login.update_with(|login| login.user += 1).await?;
        Ok(StatusCode::NO_CONTENT)
    };
    let log_in = async |login: SessionManager<Login>| -> Done {
        login.replace(Login { user: 7 }).await?;
        Ok(StatusCode::NO_CONTENT)
    };
    let until_closed = async |access: SessionManager<Access>| -> Done {
        access.replace(Access { user: 8 }).browser_session().await?;
        Ok(StatusCode::NO_CONTENT)
    };
    let begun = async |access: SessionManager<Access>| -> Done {
        access.clear().await?;
        access.replace(Access { user: 8 }).await?;
        Ok(StatusCode::NO_CONTENT)
    };
    let built = unjwt::install(configs.store(store.clone()), |(login, access)| {
        let me = async |access: Current<Access>| if access.is_bound() { "bound" } else { "unbound" };
        let routes = Router::new()
            .route("/login", post(log_in))
            .route("/me", get(me))
            .route("/slow", post(update))
            .route("/until-closed", post(until_closed))
            .route("/begun", post(begun));
        (routes, App { login, access })
    });
    built.unwrap()
}
