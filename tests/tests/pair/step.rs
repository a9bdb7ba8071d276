//! Thieves who ask in step with an owner whose requests are further apart than access tokens last.

use axum::http::StatusCode;

use crate::service::{Process, two};
use crate::support::Browser;

const OK: StatusCode = StatusCode::OK;
const STEP: u64 = 20 * 60;
const ROUNDS: usize = 200;

/// Sends a request with this token of the login, and returns the one that replaces it, if any; `None` if it is not served.
async fn ask(process: &Process, token: &str) -> Option<Option<String>> {
    let mut browser = Browser::default();
    browser.cookies.insert("refresh".into(), token.into());
    let reply = process.send(&mut browser, "GET", "/me").await;
    let new = reply.set_cookies().into_iter().find(|cookie| cookie.name == "refresh" && !cookie.removes());
    (reply.status == OK).then(|| new.map(|cookie| cookie.value))
}

/// Returns whether the owner is still signed in, after the access token has expired.
async fn renews(process: &Process, owner: &mut Browser) -> bool {
    owner.cookies.remove("access");
    process.get(owner, "/me").await == OK
}

/// Goes back to the token before where the last one is served and gets no other.
#[tokio::test]
async fn a_follower_with_two_tokens_is_found() {
    for _ in 0..5 {
        let (clock, _, here, there) = two();
        let mut owner = here.sign_in(7).await;
        let first = owner.cookies["refresh"].clone();
        let mut held = [first.clone(), first];
        let mut is_found = false;
        for _ in 0..ROUNDS {
            clock.seconds(STEP);
            is_found = !renews(&here, &mut owner).await;
            clock.seconds(3);
            let Some(new) = ask(&there, &held[1]).await else {
                is_found = true;
                break;
            };
            if let Some(new) = new {
                held = [held[1].clone(), new];
            } else {
                let Some(new) = ask(&there, &held[0]).await else {
                    is_found = true;
                    break;
                };
                held[1] = new.unwrap_or_else(|| held[1].clone());
            }
            if is_found {
                break;
            }
        }
        assert!(is_found);
    }
}

/// Asks ten times in the seconds before the owner, so that the owner is given what the thief has.
#[tokio::test]
async fn one_who_is_ahead_and_repeats_is_found() {
    for _ in 0..5 {
        let (clock, _, here, there) = two();
        let mut owner = here.sign_in(7).await;
        let mut held = owner.cookies["refresh"].clone();
        let mut is_found = false;
        for _ in 0..ROUNDS {
            clock.seconds(STEP);
            let mut last = held.clone();
            for _ in 0..10 {
                match ask(&there, &held).await {
                    Some(new) => last = new.unwrap_or(last),
                    None => is_found = true,
                }
            }
            held = last;
            clock.seconds(3);
            is_found |= !renews(&here, &mut owner).await;
            if is_found {
                break;
            }
        }
        assert!(is_found);
    }
}
