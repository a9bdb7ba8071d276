//! An axum service behind AWS Lambda's HTTP events.

mod service {
    use axum::Router;
    use axum::routing::get;
    use serde::{Deserialize, Serialize};
    use unjwt::{ConfigError, JweKey, Logout, Session, SessionHandle, SessionManager};

    // page: begin
    #[derive(Clone, Default, Serialize, Deserialize, Session)]
    #[session(jwe, name = "__Host-cart", max_age = "7D", header = false, cookie(max_chunks = 2))]
    struct Cart {
        items: Vec<String>,
    }

    async fn show(cart: Cart) -> String {
        cart.items.join("\n")
    }

    async fn add(cart: SessionManager<Cart>, item: String) -> Result<(), unjwt::Error> {
        cart.update_or_default(|cart| cart.items.push(item)).await?;
        Ok(())
    }

    async fn empty(cart: Logout<Cart>) -> Result<(), unjwt::Error> {
        cart.clear().await
    }

    /// `main` runs it: `lambda_http::run(service(key)?).await`.
    pub fn service(key: JweKey) -> Result<Router, ConfigError> {
        unjwt::install(Cart::config(key), |cart: SessionHandle<Cart>| {
            (Router::new().route("/cart", get(show).post(add).delete(empty)), cart)
        })
    }
    // page: end
}

use lambda_http::lambda_runtime::{Context, LambdaEvent};
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Service as _};
use serde_json::{Value, json};
use unjwt::JweKey;

/// Invokes the service as Lambda does with an event: the same adapter is in `lambda_http::run`.
async fn invoke(event: Value) -> Value {
    let event: LambdaRequest = serde_json::from_value(event).expect("an event");
    let router = service::service(JweKey::secret([7; 32])).unwrap();
    let mut function = Adapter::from(router);
    let response = function.call(LambdaEvent::new(event, Context::default())).await.unwrap();
    serde_json::to_value(response).unwrap()
}

/// An event of an API Gateway HTTP API or a function URL, payload format 2.0.
fn http_api(method: &str, cookies: &[String], body: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/cart",
        "rawQueryString": "",
        "cookies": cookies,
        "headers": { "host": "shop.example", "x-forwarded-proto": "https", "sec-fetch-site": "same-origin" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "shop.example",
            "domainPrefix": "shop",
            "http": { "method": method, "path": "/cart", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "" },
            "requestId": "id",
            "routeKey": "$default",
            "stage": "$default",
            "time": "12/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1_583_348_638_390_u64,
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

/// An event of an Application Load Balancer, with or without multi-value headers in its target group.
fn alb(method: &str, cookies: &[String], body: &str, is_multi_value: bool) -> Value {
    let cookie = cookies.join("; ");
    let mut event = json!({
        "requestContext": { "elb": { "targetGroupArn": "arn:aws:elasticloadbalancing:eu:1:targetgroup/shop/1" } },
        "httpMethod": method,
        "path": "/cart",
        "body": body,
        "isBase64Encoded": false,
    });
    if is_multi_value {
        event["multiValueQueryStringParameters"] = json!({});
        event["multiValueHeaders"] = json!({ "host": ["shop.example"], "cookie": [cookie] });
    } else {
        event["queryStringParameters"] = json!({});
        event["headers"] = json!({ "host": "shop.example", "cookie": cookie });
    }
    event
}

/// The pairs that a browser sends back for these `Set-Cookie` lines.
fn pairs(lines: &Value) -> Vec<String> {
    let lines = lines.as_array().expect("lines");
    lines.iter().map(|line| line.as_str().unwrap().split(';').next().unwrap().to_owned()).collect()
}

/// Too long for one cookie.
fn long() -> String {
    "0123456789".repeat(450)
}

#[tokio::test]
async fn a_session_goes_through_the_events_of_an_http_api() {
    assert_eq!(invoke(http_api("GET", &[], "")).await["statusCode"], 401);

    let begun = invoke(http_api("POST", &[], "tea")).await;
    assert_eq!(begun["statusCode"], 200);
    let cookies = pairs(&begun["cookies"]);
    assert_eq!(cookies.len(), 1);
    assert!(begun["headers"].get("set-cookie").is_none(), "{begun}");
    assert_eq!(begun["headers"]["cache-control"], "private, no-store");

    let shown = invoke(http_api("GET", &cookies, "")).await;
    assert_eq!((&shown["statusCode"], &shown["body"]), (&json!(200), &json!("tea")));

    let ended = invoke(http_api("DELETE", &cookies, "")).await;
    assert_eq!(pairs(&ended["cookies"]), ["__Host-cart="]);
}

#[tokio::test]
async fn a_session_of_several_cookies_goes_through_the_events_of_an_http_api() {
    let begun = invoke(http_api("POST", &[], &long())).await;
    let cookies = pairs(&begun["cookies"]);
    assert!(cookies.len() >= 2, "{cookies:?}");
    assert_eq!(invoke(http_api("GET", &cookies, "")).await["body"], long());

    // The quota of a request's line and headers.
    let bytes: usize = cookies.iter().map(|cookie| cookie.len() + 2).sum();
    assert!(bytes < 10_240, "{bytes}");
}

#[tokio::test]
async fn what_does_not_fit_two_cookies_is_refused_before_the_gateway_has_to() {
    let refused = invoke(http_api("POST", &[], &long().repeat(2))).await;
    assert_eq!(refused["statusCode"], 413);
    assert_eq!(refused["cookies"], json!([]));
}

#[tokio::test]
async fn the_page_of_another_site_is_refused() {
    let mut event = http_api("POST", &[], "tea");
    event["headers"]["sec-fetch-site"] = json!("cross-site");
    assert_eq!(invoke(event).await["statusCode"], 403);
    // Without that header, the origin is compared with the host in the event.
    let mut event = http_api("POST", &[], "tea");
    event["headers"] = json!({ "host": "shop.example", "origin": "https://shop.example" });
    assert_eq!(invoke(event.clone()).await["statusCode"], 200);
    event["headers"]["origin"] = json!("https://elsewhere.example");
    assert_eq!(invoke(event).await["statusCode"], 403);
}

#[tokio::test]
async fn a_session_goes_through_the_events_of_a_load_balancer_with_multi_value_headers() {
    let begun = invoke(alb("POST", &[], &long(), true)).await;
    let cookies = pairs(&begun["multiValueHeaders"]["set-cookie"]);
    assert!(cookies.len() >= 2, "{cookies:?}");
    assert_eq!(invoke(alb("GET", &cookies, "", true)).await["body"], long());
}

#[tokio::test]
async fn a_load_balancer_without_multi_value_headers_sets_one_cookie_of_several() {
    let begun = invoke(alb("POST", &[], "tea", false)).await;
    let cookies =
        vec![begun["headers"]["set-cookie"].as_str().unwrap().split(';').next().unwrap().to_owned()];
    assert_eq!(invoke(alb("GET", &cookies, "", false)).await["body"], "tea");

    let begun = invoke(alb("POST", &[], &long(), false)).await;
    assert!(begun["headers"]["set-cookie"].is_string(), "{begun}");
    let cookies =
        vec![begun["headers"]["set-cookie"].as_str().unwrap().split(';').next().unwrap().to_owned()];
    assert_eq!(invoke(alb("GET", &cookies, "", false)).await["statusCode"], 401);
}
