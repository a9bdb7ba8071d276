//! The shop, as its visitors use it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use serde_json::Value;
use unjwt::Jwk;
use unjwt::testing::{TestClient, TestStore};

use crate::service;
use crate::sessions::{Access, Cart, Flash, Login};
use crate::users::{Role, Users};

fn shop(store: &TestStore) -> TestClient {
    let keys = (Jwk::generate("ES256").unwrap(), Jwk::generate("A256KW").unwrap());
    let users = Users::open(Path::new(":memory:"), "the clerk's password").unwrap();
    TestClient::new(service(keys, store.clone(), users, SystemTime::now, false).unwrap())
}

#[tokio::test]
async fn a_cart_survives_the_login_and_becomes_an_order() {
    let mut ada = shop(&TestStore::new());
    ada.post("/cart/tea").await;
    ada.post("/cart/tea").await;
    assert_eq!(ada.post("/cart/poison").await.status, 404);
    assert_eq!(ada.post("/order").await.header("location"), Some("/login"));

    assert_eq!(
        ada.post_form("/register", &[("name", "ada"), ("password", "a long one")]).await.header("location"),
        Some("/")
    );
    assert!(ada.get("/").await.text().contains("2 × tea"));
    ada.post("/order").await;
    let thanks = ada.get("/").await;
    assert!(thanks.text().contains("Thank you") && thanks.text().contains("Nothing yet"));
    assert!(!ada.get("/").await.text().contains("Thank you"), "shown once");
}

#[tokio::test]
async fn orders_are_for_those_who_work_here() {
    let store = TestStore::new();
    let mut ada = shop(&store);
    let mut clerk = ada.clone();
    ada.post_form("/register", &[("name", "ada<b>"), ("password", "a long one")]).await;
    ada.post("/cart/mug").await;
    ada.post("/order").await;
    assert_eq!(ada.get("/orders").await.status, 403);
    assert_eq!(clerk.get("/orders").await.status, 401);
    clerk.post_form("/login", &[("name", "clerk"), ("password", "the clerk's password")]).await;
    assert!(clerk.get("/orders").await.text().contains("ada&lt;b&gt;: 1 × mug"));
}

#[tokio::test]
async fn a_wrong_password_says_no_more_than_an_unknown_name() {
    let mut eve = shop(&TestStore::new());
    for name in ["clerk", "nobody"] {
        assert_eq!(
            eve.post_form("/login", &[("name", name), ("password", "guess")]).await.header("location"),
            Some("/login")
        );
        assert!(eve.get("/login").await.text().contains("Wrong name or password."));
    }
    assert_eq!(eve.get("/api/me").await.status, 401);
}

#[tokio::test]
async fn a_new_password_signs_the_other_devices_out() {
    let store = TestStore::new();
    let mut phone = shop(&store);
    let mut laptop = phone.clone();
    phone.post_form("/register", &[("name", "ada"), ("password", "a long one")]).await;
    laptop.post_form("/login", &[("name", "ada"), ("password", "a long one")]).await;
    assert_eq!(laptop.get("/account").await.text().matches("this device").count(), 1);
    assert_eq!(phone.get("/api/me").await.status, 200);

    laptop.post_form("/account/password", &[("password", "a longer one")]).await;
    assert_eq!(phone.get("/api/me").await.status, 401);
    assert_eq!(laptop.get("/api/me").await.status, 200);
    phone.post_form("/login", &[("name", "ada"), ("password", "a long one")]).await;
    assert_eq!(phone.get("/api/me").await.status, 401);
}

#[tokio::test]
async fn a_logout_ends_every_copy_and_other_sites_end_nothing() {
    let mut ada = shop(&TestStore::new());
    ada.post_form("/register", &[("name", "ada"), ("password", "a long one")]).await;
    let mut thief = ada.clone();
    let mut elsewhere = ada.clone().with_header("sec-fetch-site", "cross-site");
    assert_eq!(elsewhere.post("/logout").await.status, 403);
    assert_eq!(ada.get("/api/me").await.json::<Value>()["name"], "ada");
    ada.post("/logout").await;
    assert_eq!(
        (ada.get("/api/me").await.status.as_u16(), thief.get("/api/me").await.status.as_u16()),
        (401, 401)
    );
}

#[tokio::test]
async fn the_api_describes_itself() {
    let mut client = shop(&TestStore::new());
    let document: Value = client.get("/openapi.json").await.json();
    assert_eq!(document["paths"]["/api/me"]["get"]["security"][0]["Access"], Value::Array(Vec::new()));
    assert_eq!(document["components"]["securitySchemes"]["Access"]["in"], "cookie");
    assert!(document["paths"]["/api/me"]["get"]["responses"]["401"].is_object());
}

#[test]
fn the_sessions_keep_their_shape() {
    let (user, name, role) = (7, "ada".to_owned(), Role::Customer);
    unjwt::golden::check("shop/golden", [Login { user, name: name.clone(), role }]);
    unjwt::golden::check("shop/golden", [Access { user, name, role }]);
    unjwt::golden::check("shop/golden", [Cart { items: BTreeMap::from([("tea".to_owned(), 2)]) }]);
    unjwt::golden::check("shop/golden", [Flash { text: "Thank you.".to_owned() }]);
}
