//! A hook that waits for a reading which then ends blind has missed what that one missed: its own session is
//! read again too.
//!
//! `Login` (a good cookie) asks for `Access` in its `on_read`; `Access` is renewed from `Login`; `Api` is
//! renewed from `Access`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookResult, Read, Renew};
use unjwt::{JwsKey, RequestContext, Session, SessionHandle, SessionState};

use super::kit::{Gate, headers, soon};

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, name = "login", max_age = "7D", state = Arc<App>, hooks(on_read = login_read))]
struct Login {
    user: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, name = "access", max_age = "15m", state = Arc<App>, hooks(renew = access_renew))]
struct Access {
    user: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, name = "api", max_age = "15m", state = Arc<App>, hooks(renew = api_renew))]
struct Api {
    user: String,
}

#[derive(SessionState)]
struct App {
    login: SessionHandle<Login>,
    access: SessionHandle<Access>,
    api: SessionHandle<Api>,
    gate: Gate,
    api_asks: Gate,
}

async fn login_read(event: Read<'_, Login>) -> HookResult {
    event.other::<Access>().await?;
    Ok(())
}

async fn access_renew(event: Renew<'_, Access>) -> HookResult {
    let login = event.other::<Login>().await?.current();
    if login.is_none() {
        // Within the reading of `Login`: it takes a moment longer.
        event.state().gate.pass().await;
    }
    if let Some(login) = login {
        event.session().replace(Access { user: login.data.user.clone() }).await?;
    }
    Ok(())
}

async fn api_renew(event: Renew<'_, Api>) -> HookResult {
    event.state().api_asks.arrive();
    if let Some(access) = event.other::<Access>().await?.current() {
        event.session().replace(Api { user: access.data.user.clone() }).await?;
    }
    Ok(())
}

async fn who_is_seen(at_once: bool) -> [bool; 3] {
    let configs = (
        Login::config(JwsKey::secret([1; 32])),
        Access::config(JwsKey::secret([2; 32])),
        Api::config(JwsKey::secret([3; 32])),
    );
    let app = unjwt::build(configs, |(login, access, api)| {
        Arc::new(App { login, access, api, gate: Gate::default(), api_asks: Gate::default() })
    })
    .unwrap();
    let login = app.login.cookie_header(&Login { user: "ada".to_owned() }).unwrap();
    let context =
        RequestContext::with_state(&headers(&[login.to_str().unwrap().to_owned()]), Arc::clone(&app));
    let (one, asked) = (Arc::clone(&app), context.clone());
    let login = tokio::spawn(async move { one.login.get(&asked).await.unwrap().is_some() });
    app.gate.reached().await;
    let (two, asked) = (Arc::clone(&app), context.clone());
    let api = async move { two.api.get(&asked).await.unwrap().is_some() };
    let (login, api) = if at_once {
        let api = tokio::spawn(api);
        app.api_asks.reached().await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        app.gate.open();
        (soon(login).await.unwrap(), soon(api).await.unwrap())
    } else {
        app.gate.open();
        (soon(login).await.unwrap(), soon(api).await)
    };
    // Asked once more, by a handler, when all is quiet.
    let again = app.api.get(&context).await.unwrap().is_some();
    [login, api, again]
}

#[tokio::test(start_paused = true)]
async fn sessions_renewed_along_a_circle_are_seen_one_after_the_other() {
    assert_eq!(who_is_seen(false).await, [true; 3]);
}

#[tokio::test(start_paused = true)]
async fn a_session_renewed_from_one_that_was_read_blind_is_seen_in_the_end() {
    assert_eq!(who_is_seen(true).await, [true; 3]);
}
