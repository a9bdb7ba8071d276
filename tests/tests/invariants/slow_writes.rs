//! A write whose token takes a worker, which the session's refusal overtakes.

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use unjwt::hooks::{HookResult, Read};
use unjwt::{ErrorKind, JweKey, JwsKey, RequestContext, Session, SessionHandle, SessionState, Status};

use super::kit::{Gate, finish, headers, soon};

/// Its writes take a worker.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "pass", max_age = "1h", state = Arc<Meeting>, hooks(on_read = refuse_after_the_guest))]
struct Pass {
    sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "guest", max_age = "1h", state = Arc<Meeting>, hooks(on_read = plant_a_pass))]
struct Guest {
    sub: String,
}

#[derive(SessionState)]
struct Meeting {
    pass: SessionHandle<Pass>,
    guest: SessionHandle<Guest>,
    arrived: Gate,
    asking: Gate,
    refused: Gate,
    planted: Mutex<Option<JoinHandle<Result<(), ErrorKind>>>>,
}

async fn plant_a_pass(event: Read<'_, Guest>) -> HookResult {
    event.state().arrived.pass().await;
    let pass = event.other::<Pass>().await?;
    let mut write = Box::pin(async move {
        let planted = pass.replace(Pass { sub: "planted".to_owned() }).await;
        planted.map(drop).map_err(|error| error.kind())
    });
    let begun = poll_fn(|cx| Poll::Ready(write.as_mut().poll(cx))).await;
    assert!(begun.is_pending(), "a worker makes the token");
    let refused = event.state().refused.clone();
    let rest = tokio::spawn(async move {
        refused.pass().await;
        write.await
    });
    *event.state().planted.lock().unwrap() = Some(rest);
    Ok(())
}

async fn refuse_after_the_guest(event: Read<'_, Pass>) -> HookResult {
    event.state().asking.arrive();
    event.other::<Guest>().await?;
    event.refuse();
    Ok(())
}

#[tokio::test]
async fn a_write_of_another_task_whose_token_is_being_made_at_the_refusal_ends_as_refused() {
    let password = JweKey::password("correct horse battery staple").iterations(100_000);
    let configs = (Pass::config(password), Guest::config(JwsKey::secret([3; 32])));
    let world = unjwt::build(configs, |(pass, guest)| {
        let gates = (Gate::default(), Gate::default(), Gate::default());
        let (arrived, asking, refused) = gates;
        Arc::new(Meeting { pass, guest, arrived, asking, refused, planted: Mutex::default() })
    })
    .unwrap();
    let pass = world.pass.cookie_header(&Pass { sub: "banned".to_owned() }).unwrap();
    let guest = world.guest.cookie_header(&Guest { sub: "ada".to_owned() }).unwrap();
    let cookies = [pass, guest].map(|cookie| cookie.to_str().unwrap().to_owned());
    let context = RequestContext::with_state(&headers(&cookies), Arc::clone(&world));
    let ask = || (Arc::clone(&world), context.clone());
    let (one, first) = ask();
    let first = tokio::spawn(async move { one.guest.get(&first).await.unwrap().is_some() });
    world.arrived.reached().await;
    let (two, second) = ask();
    let second = tokio::spawn(async move { two.pass.get(&second).await.unwrap().is_some() });
    world.asking.reached().await;
    // It has asked, and waits.
    tokio::task::yield_now().await;
    world.arrived.open();
    assert!(soon(first).await.unwrap() && !soon(second).await.unwrap());
    world.refused.open();
    let planted = world.planted.lock().unwrap().take().unwrap();
    assert_eq!(soon(planted).await.unwrap(), Err(ErrorKind::Refused));
    let manager = soon(world.pass.manager(&context)).await.unwrap();
    assert_eq!((manager.current().is_some(), manager.status()), (false, Status::Rejected));
    assert!(finish(&context).is_empty());
}
