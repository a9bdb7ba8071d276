//! Any order of what a browser and a thief do, beside what must hold after each step.

use std::time::Duration;

use proptest::prelude::*;
use unjwt::testing::{TestClock, TestStore};

use crate::browser::{Browser, Device, FIRST, REFRESH, START, challenge_of, offered, post};
use crate::service::{Keys, SHORT, rotating, with_store, without_store};

#[derive(Clone, Debug)]
enum Step {
    /// The browser sends a request.
    Use,
    /// It sends one whose answer is lost.
    UseAndLose,
    /// It signs in again.
    LogIn,
    Wait(u64),
    /// The thief copies the browser's cookies.
    Copy,
    /// The thief sends a request with what it copied.
    Abuse,
    /// The thief registers its own device.
    Register,
    /// The thief renews without the key: with a signature of its own if that is `true`.
    Renew(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Use),
        1 => Just(Step::UseAndLose),
        1 => Just(Step::LogIn),
        4 => (1..2 * SHORT).prop_map(Step::Wait),
        2 => Just(Step::Copy),
        3 => Just(Step::Abuse),
        1 => Just(Step::Register),
        1 => any::<bool>().prop_map(Step::Renew),
    ];
    proptest::collection::vec(step, 1..40)
}

/// A thief, who copies cookies of the bound login.
struct Thief {
    browser: Browser,
    /// The time in seconds at which the cookies were copied.
    copied: u64,
}

/// What may have become of the login by the thief's doing.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Lives,
    /// The thief's cookies were used beside the browser's, which ends a login that rotates once they differ.
    MayHaveEnded,
    /// The thief has shown another key.
    Ended,
}

async fn run(kind: u8, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let clock = TestClock::new();
    let store = TestStore::with_clock(&clock);
    let (router, can_end) = match kind {
        0 => (without_store(&clock, &Keys::new()), false),
        1 => (with_store(&clock, &store).0, true),
        _ => (rotating(&clock, &store), true),
    };
    let rotates = kind > 1;
    let (mut now, mut fate) = (0, Fate::Lives);
    let mut ada = Browser::logged_in(router, &clock).await;
    let mut thief = Thief { browser: copy(&ada), copied: now };
    for step in steps {
        match step {
            Step::Wait(seconds) => {
                clock.advance(Duration::from_secs(seconds));
                now += seconds;
            }
            Step::LogIn => {
                ada.post("/login").await;
                ada.confirm(&clock).await;
                now += FIRST + 1;
                // What was copied before is of another login.
                (thief, fate) = (Thief { browser: copy(&ada), copied: now }, Fate::Lives);
            }
            Step::Use => {
                let reply = ada.get("/me").await;
                match fate {
                    Fate::Ended => {
                        prop_assert_eq!(reply.status, 401, "the login ended with the thief's proof")
                    }
                    Fate::MayHaveEnded if reply.status == 401 => fate = Fate::Ended,
                    Fate::Lives | Fate::MayHaveEnded => {
                        prop_assert_eq!(reply.status, 200, "an honest user is never signed out");
                        prop_assert_eq!(reply.text(), "bound");
                    }
                }
            }
            Step::UseAndLose => {
                // The same browser without what the answer brought.
                ada.clone().get("/me").await;
            }
            Step::Copy => {
                if ada.client.cookie("__Host-access").is_some() {
                    thief = Thief { browser: copy(&ada), copied: now };
                }
            }
            Step::Abuse | Step::Register => {
                let reply = thief.browser.client.get("/me").await;
                prop_assert!(
                    reply.status == 401 || now < thief.copied + SHORT,
                    "a copy outlived the short lifetime"
                );
                prop_assert_eq!(offered(&reply), None, "nobody else is offered to register a bound login");
                if matches!(step, Step::Register) {
                    let proof = thief.browser.device.register("a challenge of the thief's own");
                    let reply =
                        post(&mut thief.browser.client, START, &[("secure-session-response", &proof)]).await;
                    prop_assert_eq!((reply.status.as_u16(), reply.set_cookies().count()), (400, 0));
                }
                if rotates && fate == Fate::Lives {
                    fate = Fate::MayHaveEnded;
                }
            }
            Step::Renew(with_a_key) => {
                let Some(id) = thief.browser.sessions.last().map(|session| session.id.clone()) else {
                    continue;
                };
                let asked = post(&mut thief.browser.client, REFRESH, &[("sec-secure-session-id", &id)]).await;
                if rotates && fate == Fate::Lives {
                    fate = Fate::MayHaveEnded;
                }
                let Some(challenge) = challenge_of(&asked).filter(|_| with_a_key) else { continue };
                let reply = thief.browser.prove(REFRESH, &id, &challenge).await;
                let mut lines = reply.headers.get_all("set-cookie").iter();
                prop_assert!(
                    lines.all(|line| line.to_str().unwrap().contains("Max-Age=0")),
                    "nothing is renewed"
                );
                if can_end {
                    fate = Fate::Ended;
                }
            }
        }
    }
    Ok(())
}

/// The same cookies on another device.
fn copy(browser: &Browser) -> Browser {
    Browser { device: Device::new(), ..browser.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_thief_gains_the_short_lifetime_and_a_browser_loses_nothing(kind in 0_u8..3, steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(kind, steps))?;
    }
}
