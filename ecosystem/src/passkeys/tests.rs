//! The ceremonies, with an authenticator in software.

use std::time::Duration;

use unjwt::testing::{Reply, TestClient};
use webauthn_authenticator_rs::WebauthnAuthenticator;
use webauthn_authenticator_rs::softpasskey::SoftPasskey;

use super::*;

/// Two machines of one service.
struct Service {
    clock: TestClock,
    store: TestStore,
    users: Arc<Users>,
    machines: [Router; 2],
}

/// Ada, who has registered a passkey.
struct Ada {
    browser: TestClient,
    authenticator: SoftPasskey,
    id: Uuid,
}

impl Service {
    async fn start() -> (Self, Ada) {
        let clock = TestClock::new();
        let (store, users) = (TestStore::with_clock(&clock), Arc::new(Users::default()));
        let (here, app) = machine(&store, &clock, &users);
        let there = machine(&store.elsewhere(), &clock, &users).0;
        let id = Uuid::new_v4();
        let user = User { name: "ada".to_owned(), passkeys: Vec::new() };
        users.with(|all| all.insert(id, user));
        let mut browser = TestClient::new(here.clone()).with_clock(&clock);
        browser.log_in(&app, Login { user: id }).await.unwrap();
        let mut ada = Ada { browser, authenticator: SoftPasskey::new(true), id };
        let answer = ada.registration().await;
        assert_eq!(ada.browser.post_json("/passkeys/finish", &answer).await.status, 201);
        // A browser without a login, of the same person.
        ada.browser = TestClient::new(here.clone()).with_clock(&clock);
        (Self { clock, store, users, machines: [here, there] }, ada)
    }
}

fn origin() -> Url {
    ORIGIN.parse().unwrap()
}

impl Ada {
    /// Begins to register a passkey, and returns the authenticator's answer.
    async fn registration(&mut self) -> RegisterPublicKeyCredential {
        let challenge = self.browser.post("/passkeys/begin").await.json();
        self.authenticator.do_registration(origin(), challenge).unwrap()
    }

    /// Begins to sign in, and returns the authenticator's answer.
    async fn login(&mut self) -> PublicKeyCredential {
        let challenge = self.browser.post_json("/login/begin", "ada").await.json();
        self.authenticator.do_authentication(origin(), challenge).unwrap()
    }

    async fn finish(&mut self, answer: &PublicKeyCredential) -> Reply {
        self.browser.post_json("/login/finish", answer).await
    }
}

#[tokio::test]
async fn a_passkey_is_registered_and_signs_in() {
    let (_, mut ada) = Service::start().await;
    assert_eq!(ada.browser.get("/me").await.status, 401);
    let answer = ada.login().await;
    assert_eq!(ada.finish(&answer).await.status, 204);
    assert_eq!(ada.browser.get("/me").await.text(), ada.id.to_string());
    assert_eq!(ada.browser.cookie("__Host-ceremony"), None);
    assert_eq!(ada.finish(&answer).await.status, 401, "it is finished");
}

#[tokio::test]
async fn a_copy_of_the_cookie_and_the_answer_comes_too_late_on_every_machine() {
    let (service, mut ada) = Service::start().await;
    let answer = ada.login().await;
    let eves = service.machines.clone().map(|machine| {
        let mut eve = ada.browser.clone();
        eve.move_to(machine);
        eve
    });
    assert_eq!(ada.finish(&answer).await.status, 204);
    for mut eve in eves {
        assert_eq!(eve.post_json("/login/finish", &answer).await.status, 401);
        assert_eq!(eve.get("/me").await.status, 401);
    }
}

#[tokio::test]
async fn of_two_answers_at_once_one_signs_in() {
    let (service, mut ada) = Service::start().await;
    let answer = ada.login().await;
    let mut eve = ada.browser.clone();
    eve.move_to(service.machines[1].clone());
    let (first, second) = tokio::join!(
        ada.browser.post_json("/login/finish", &answer),
        eve.post_json("/login/finish", &answer)
    );
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 401]);
}

#[tokio::test]
async fn an_answer_after_five_minutes_is_refused() {
    let (service, mut ada) = Service::start().await;
    let answer = ada.login().await;
    let cookie = ada.browser.cookie("__Host-ceremony").unwrap().to_owned();
    service.clock.advance(Duration::from_secs(300));
    // A browser drops the cookie; a copy of it is of no use.
    ada.browser.plant_cookie("__Host-ceremony", &cookie);
    assert_eq!(ada.finish(&answer).await.status, 401);
    assert_eq!(ada.browser.get("/me").await.status, 401);
}

#[tokio::test]
async fn an_answer_of_another_ceremony_or_of_another_kind_is_refused() {
    let (_, mut ada) = Service::start().await;
    let old = ada.login().await;
    let new = ada.login().await;
    assert_eq!(ada.finish(&old).await.status, 401);
    assert_eq!(ada.finish(&new).await.status, 401, "the ceremony was used up");
    let answer = ada.login().await;
    assert_eq!(ada.finish(&answer).await.status, 204);
    // A ceremony of one kind does not finish one of the other.
    ada.registration().await;
    assert_eq!(ada.finish(&answer).await.status, 401);
}

#[tokio::test]
async fn nobody_is_signed_in_while_the_store_is_out() {
    let (service, mut ada) = Service::start().await;
    let answer = ada.login().await;
    service.store.stop();
    assert_eq!(ada.finish(&answer).await.status, 503);
    service.store.start();
    assert_eq!(ada.browser.get("/me").await.status, 401);
    let answer = ada.login().await;
    assert_eq!(ada.finish(&answer).await.status, 204);
}

#[tokio::test]
async fn a_passkey_is_added_by_a_fresh_login_alone_and_once() {
    let (service, mut ada) = Service::start().await;
    let answer = ada.login().await;
    ada.finish(&answer).await;
    ada.authenticator = SoftPasskey::new(true);
    let answer = ada.registration().await;
    let mut eve = ada.browser.clone();
    assert_eq!(ada.browser.post_json("/passkeys/finish", &answer).await.status, 201);
    assert_eq!(eve.post_json("/passkeys/finish", &answer).await.status, 401, "it is finished");
    assert_eq!(service.users.passkeys(ada.id).1.len(), 2);

    service.clock.advance(Duration::from_secs(301));
    let asked = ada.browser.post("/passkeys/begin").await;
    assert_eq!(asked.status, 401);
    assert!(asked.header("www-authenticate").unwrap().contains("insufficient_user_authentication"));
    assert_eq!(ada.browser.get("/me").await.status, 200, "still signed in");
}

#[tokio::test]
async fn an_account_has_eight_passkeys_at_most_and_a_login_with_them_fits_into_cookies() {
    let (_, mut ada) = Service::start().await;
    let answer = ada.login().await;
    ada.finish(&answer).await;
    for _ in 1..MOST_PASSKEYS {
        ada.authenticator = SoftPasskey::new(true);
        let answer = ada.registration().await;
        assert_eq!(ada.browser.post_json("/passkeys/finish", &answer).await.status, 201);
    }
    assert_eq!(ada.browser.post("/passkeys/begin").await.status, 409);
    let answer = ada.login().await;
    assert!(ada.browser.cookie_header("/").unwrap().len() < 8 << 10);
    assert_eq!(ada.finish(&answer).await.status, 204);
}
